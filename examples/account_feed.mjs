// A client of the service in JavaScript, without a package: it prints what it delivers as JSON lines.

const { ASYNCAPI_SSE_URL: url, ASYNCAPI_SSE_HEADERS: given = "{}" } = process.env;
let lastId = "";
let pause = 1000;

async function* lines(body) {
  let text = "";
  // It drops a byte order mark, and keeps what a chunk has of a character for the next one.
  for await (const part of body.pipeThrough(new TextDecoderStream())) {
    text += part;
    let end;
    // A CR at the very end may be the first half of CRLF: what is more is seen with the next part.
    while ((end = text.search(/\r\n|\n|\r(?!$)/)) >= 0) {
      yield text.slice(0, end);
      text = text.slice(end + (text.startsWith("\r\n", end) ? 2 : 1));
    }
  }
}

async function* events(body) {
  let data = [];
  let id = lastId;
  for await (const line of lines(body)) {
    const [, name, value] = /^([^:]*)(?:: ?)?(.*)$/s.exec(line);
    if (line === "") {
      lastId = id;
      if (data.length > 0) yield data.join("\n");
      data = [];
    } else if (name === "data") data.push(value);
    else if (name === "id" && !value.includes("\0")) id = value;
    else if (name === "retry" && /^\d+$/.test(value)) pause = Number(value);
  }
}

async function listen() {
  const headers = { ...JSON.parse(given), accept: "text/event-stream" };
  if (lastId) headers["last-event-id"] = lastId;
  const response = await fetch(url, { headers });
  const type = (response.headers.get("content-type") ?? "").toLowerCase();
  if (response.status !== 200 || !type.startsWith("text/event-stream")) {
    await response.body?.cancel();
    return response.status === 503;
  }
  for await (const data of events(response.body)) {
    try {
      console.log(JSON.stringify({ payload: JSON.parse(data), data }));
    } catch (error) {
      console.log(JSON.stringify({ error: String(error) }));
    }
  }
  return true;
}

let goOn = true;
while (goOn) {
  try {
    goOn = await listen();
  } catch (error) {
    console.error(error); // the connection broke: come back, as after the end of the stream
  }
  if (goOn) await new Promise((resolve) => setTimeout(resolve, pause));
}
