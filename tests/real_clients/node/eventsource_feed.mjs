// The feed with the npm package eventsource, as its README shows it.
import { EventSource } from "eventsource";

const { ASYNCAPI_SSE_URL, ASYNCAPI_SSE_HEADERS, FEED_EVENTS } = process.env;
const own = JSON.parse(ASYNCAPI_SSE_HEADERS);

const source = new EventSource(ASYNCAPI_SSE_URL, {
  fetch: (input, init) => fetch(input, { ...init, headers: { ...init.headers, ...own } }),
});
function deliver({ data }) {
  let payload = data;
  try {
    payload = JSON.parse(data);
  } catch {}
  console.log(JSON.stringify({ payload }));
}
for (const name of JSON.parse(FEED_EVENTS)) source.addEventListener(name, deliver);
