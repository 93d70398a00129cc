// The shop with Express, as a process of its own.
const express = require("express");

const DEFECT = process.env.SHOP_DEFECT || "";
const app = express();
const listeners = new Set();

function startStream(res) {
  res.writeHead(200, {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-cache",
    Connection: "keep-alive",
  });
}

app.get("/ticks/:market", (req, res) => {
  const { market } = req.params;
  if (!["home", "abroad"].includes(market)) {
    res.sendStatus(404);
    return;
  }
  const name = DEFECT === "event-name" ? "ticks" : "tick";
  startStream(res);
  const after = Number(req.get("Last-Event-ID")) || 0;
  for (let number = after + 1; number <= 5; number += 1) {
    const tick = { symbol: "ACME", price: 10 + number / 8, market, venue: "Zürich – Börse" };
    res.write(`id: ${number}\nevent: ${name}\ndata: ${JSON.stringify(tick)}\n\n`);
  }
  res.end();
});

app.get("/orders", (req, res) => {
  startStream(res);
  listeners.add(res);
  req.on("close", () => listeners.delete(res));
});

app.post("/orders/:message", express.json(), (req, res) => {
  for (const listener of listeners) {
    listener.write(`event: ${req.params.message}\ndata: ${JSON.stringify(req.body)}\n\n`);
  }
  res.sendStatus(202);
});

const server = app.listen(0, "127.0.0.1", () => console.log(server.address().port));
