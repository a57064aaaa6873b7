// Two pages: presence, delivery marks, typing, unread messages, and text that would like to be markup.

export async function conversation(stage) {
  const { checks } = stage
  const alice = await stage.arrive('alice', 'tea')
  const bob = await stage.arrive('bob', 'tea')
  await checks.becomes(
    'presence: each sees the other',
    async () => [await alice.presenceOf('bob'), await bob.presenceOf('alice')],
    ['here', 'here'],
  )

  for (const qos of [0, 1, 2]) await alice.say(`hello at QoS ${qos}`, qos)
  await checks.becomes('QoS 0, 1 and 2 arrive', () => bob.texts(), [
    'hello at QoS 0',
    'hello at QoS 1',
    'hello at QoS 2',
  ])
  await checks.becomes(
    'marks: seen by somebody who looks',
    () => Promise.all([0, 1, 2].map((qos) => alice.mark(`hello at QoS ${qos}`))),
    ['seen', 'seen', 'seen'],
  )

  await bob.lookAway()
  await alice.say('are you there?', 0)
  await alice.say('bob?', 1)
  await alice.say('bob!', 2)
  await checks.becomes('unread: the title counts', () => bob.page.title(), '(3) #tea')
  await checks.becomes(
    'marks: QoS 0 is sent, QoS 1 and 2 are taken over',
    () => Promise.all(['are you there?', 'bob?', 'bob!'].map((text) => alice.mark(text))),
    ['sent', 'taken', 'taken'],
  )
  await bob.lookBack()
  await checks.becomes('unread: nothing is left after looking', () => bob.page.title(), '#tea')
  await checks.becomes('marks: seen after looking', () => alice.mark('bob!'), 'seen')

  alice.link.cut()
  await alice.disconnected()
  await alice.say('said without a connection', 2)
  await checks.becomes('marks: waiting without a connection', () => alice.mark('said without'), 'waiting')
  await checks.becomes('presence: the Will says that she is away', () => bob.presenceOf('alice'), 'away')
  alice.link.mend()
  await checks.becomes('presence: she is back', () => bob.presenceOf('alice'), 'here')
  await checks.becomes('marks: seen after the connection is back', () => alice.mark('said without'), 'seen')

  const typing = async () => {
    await bob.page.getByLabel('Message', { exact: true }).pressSequentially('hm')
    return alice.page.locator('.typing').textContent()
  }
  await checks.becomes('typing: she sees that he types', typing, 'bob is typing…')

  const markup = '<img src=x onerror="document.title=1"> **bold** &amp; {{ 1 + 1 }}'
  await bob.say(markup)
  await checks.becomes(
    'text is never markup',
    async () => [(await alice.texts()).at(-1), await alice.page.locator('.messages img').count()],
    [markup, 0],
  )
  await bob.say('first line\nsecond line')
  await checks.becomes('lines are kept', async () => (await alice.texts()).at(-1), 'first line\nsecond line')

  await bob.page.getByRole('button', { name: 'Leave' }).click()
  await checks.becomes('presence: who leaves is away at once', () => alice.presenceOf('bob'), 'away', 2_000)
}
