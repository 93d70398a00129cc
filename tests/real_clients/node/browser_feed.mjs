// The feed with the EventSource of a browser that runs already, in its one page. What the page hears
// it tells by a WebSocket, so that it closes its stream when this process ends, however it does.
import { WebSocket, WebSocketServer } from "ws";

const { ASYNCAPI_SSE_URL, ASYNCAPI_SSE_BASE_URL, FEED_EVENTS, FEED_BROWSER } = process.env;
const PAGE = `${ASYNCAPI_SSE_BASE_URL}/page`;

const ear = new WebSocketServer({ host: "127.0.0.1", port: 0 });
ear.on("connection", (page) => page.on("message", (line) => console.log(String(line))));
await new Promise((resolve) => ear.once("listening", resolve));

const HTML = `<!doctype html><script>
  const mouth = new WebSocket("ws://127.0.0.1:${ear.address().port}");
  mouth.onopen = () => {
    const source = new EventSource(${JSON.stringify(ASYNCAPI_SSE_URL)});
    mouth.onclose = () => source.close();
    function deliver({ data }) {
      let payload = data;
      try {
        payload = JSON.parse(data);
      } catch {}
      mouth.send(JSON.stringify({ payload }));
    }
    for (const name of ${FEED_EVENTS}) source.addEventListener(name, deliver);
  };
</script>`;

const browser = new WebSocket(FEED_BROWSER);
const waiting = new Map();

function call(method, params = {}, sessionId = undefined) {
  const id = waiting.size + 1;
  browser.send(JSON.stringify({ id, method, params, sessionId }));
  return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
}

browser.on("message", (text) => {
  const { id, error, result, method, params, sessionId } = JSON.parse(text);
  if (error) waiting.get(id).reject(new Error(error.message));
  else if (id) waiting.get(id).resolve(result);
  else if (method === "Fetch.requestPaused") {
    // The generated server has no page: the stream's origin gets one here.
    const body = Buffer.from(HTML).toString("base64");
    const responseHeaders = [{ name: "Content-Type", value: "text/html; charset=utf-8" }];
    const { requestId } = params;
    call("Fetch.fulfillRequest", { requestId, responseCode: 200, responseHeaders, body }, sessionId);
  }
});
await new Promise((resolve) => browser.once("open", resolve));
const { targetInfos } = await call("Target.getTargets", { filter: [{ type: "page" }] });
const [{ targetId }] = targetInfos;
const { sessionId } = await call("Target.attachToTarget", { targetId, flatten: true });
await call("Fetch.enable", { patterns: [{ urlPattern: PAGE }] }, sessionId);
await call("Page.navigate", { url: PAGE }, sessionId);
