// The page is built once and serves any broker: CHAT_BROKER, its URL, is told at the start in /broker.json.
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

const broker = process.env.CHAT_BROKER ?? 'ws://127.0.0.1:8083/mqtt'

const tellBroker = {
  name: 'tell-broker',
  configurePreviewServer: ({ middlewares }) => {
    middlewares.use('/broker.json', (_request, response) => {
      response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ url: broker }))
    })
  },
}

export default defineConfig({
  plugins: [vue(), tellBroker],
  preview: {
    host: '127.0.0.1',
    strictPort: true,
    headers: {
      // No script, style or connection but the page's own; the broker is at any port of this host.
      'Content-Security-Policy':
        "default-src 'self'; connect-src 'self' ws://127.0.0.1:*; worker-src blob:; base-uri 'none'; form-action 'none'",
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
    },
  },
  build: { outDir: 'dist', emptyOutDir: true },
})
