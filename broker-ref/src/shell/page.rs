//! The page for a person whose browser opens the port of a WebSocket.

/// What this is and how to connect. `host` is what the browser asked for, if anything.
pub(super) fn html(host: Option<&str>, path: &str) -> String {
    let host = host.unwrap_or("HOST:PORT");
    let url = escape(&format!("ws://{host}{path}"));
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>MQTT broker</title>\n\
         <style>body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem; \
         color-scheme: light dark }} pre {{ overflow-x: auto; padding: 1rem; border: 1px solid }}</style>\n\
         <h1>This is an MQTT broker</h1>\n\
         <p>It speaks MQTT 5.0, 3.1.1 and 3.1 over WebSocket, and has no pages of its own. An MQTT client connects with</p>\n\
         <pre>{url}</pre>\n\
         <p>or <code>wss://</code> if this page came over <code>https://</code>; for example, in a web page with MQTT.js:</p>\n\
         <pre>const client = mqtt.connect(\"{url}\")\nclient.on(\"connect\", () =&gt; client.subscribe(\"greetings/#\"))\n\
         client.on(\"message\", (topic, payload) =&gt; console.log(topic, payload.toString()))</pre>\n"
    )
}

/// Of text and attributes in HTML.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_browser_says_is_escaped() {
        let page = html(Some("<script>\"'&.example:1"), "/<b>");
        assert!(page.contains("ws://&lt;script&gt;&quot;&#39;&amp;.example:1/&lt;b&gt;"), "{page}");
        assert!(!page.contains("<script>") && !page.contains("<b>"));
    }
}
