// The peer: durable objects as Cloudflare's own runtime runs them, with the routes, JSON and status
// codes that `durabench serve` answers, so that one load can drive both on one machine.
//
// The three classes do their work through the storage API on every request, as an ordinary Worker
// does; nothing is cached by hand, so what is measured is the runtime and its storage.

const HISTORY = 100; // messages a room keeps
const CAPACITY = 100; // tokens of a full bucket
const REFILL_MS = 60_000; // an empty bucket is full again after this long

const notFound = () => new Response("Not Found", { status: 404 });

class Durable {
  constructor(ctx) {
    this.ctx = ctx;
    this.storage = ctx.storage;
  }
}

export class Counter extends Durable {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/counter/reset") {
      await this.storage.put("count", 0);
      return Response.json({ count: 0, reset: true });
    }
    let count = (await this.storage.get("count")) ?? 0;
    if (pathname === "/counter/value") return Response.json({ count });
    if (pathname === "/counter/increment") count += 1;
    else if (pathname === "/counter/decrement") count = Math.max(0, count - 1);
    else return notFound();
    await this.storage.put("count", count);
    return Response.json({ count });
  }
}

export class Room extends Durable {
  async history() {
    return (await this.storage.get("history")) ?? [];
  }

  async fetch(request) {
    const url = new URL(request.url);
    const rest = url.pathname.replace(/^\/room\/[^/]+/, "") || "/ws";
    if (rest === "/messages" && request.method === "GET") {
      return Response.json({ messages: await this.history() });
    }
    if (rest !== "/ws") return notFound();
    if (request.headers.get("Upgrade") !== "websocket") {
      return new Response("Expected WebSocket upgrade", { status: 426 });
    }
    const [client, server] = Object.values(new WebSocketPair());
    this.ctx.acceptWebSocket(server); // hibernation: the runtime holds the socket, not this object
    server.serializeAttachment({ userId: url.searchParams.get("userId") ?? `anon-${Date.now()}` });
    const messages = await this.history();
    if (messages.length) server.send(JSON.stringify({ type: "history", messages }));
    return new Response(null, { status: 101, webSocket: client });
  }

  async webSocketMessage(ws, frame) {
    let said;
    try {
      said = JSON.parse(frame);
    } catch {
      ws.send(JSON.stringify({ type: "error", error: "Invalid JSON" }));
      return;
    }
    if (said?.type !== "chat") return;
    const { userId } = ws.deserializeAttachment();
    const message = { id: crypto.randomUUID(), userId, text: said.text, timestamp: Date.now() };
    const history = await this.history();
    history.push(message);
    await this.storage.put("history", history.slice(-HISTORY));
    this.tell({ type: "message", message });
  }

  webSocketClose(ws, code, reason) {
    const { userId } = ws.deserializeAttachment();
    try {
      ws.close(code, reason);
    } catch {} // 1005 and 1006 are received, never sent
    this.tell({ type: "user_left", userId, timestamp: Date.now() });
  }

  webSocketError(ws) {
    ws.close(1011, "Internal error");
  }

  tell(event) {
    const frame = JSON.stringify(event);
    for (const socket of this.ctx.getWebSockets()) {
      try {
        socket.send(frame);
      } catch {} // already closed: the others still hear it
    }
  }
}

export class Limiter extends Durable {
  async fetch() {
    const now = Date.now();
    const bucket = (await this.storage.get("bucket")) ?? { tokens: CAPACITY, lastRefill: now };
    const perMs = CAPACITY / REFILL_MS;
    const tokens = Math.min(CAPACITY, bucket.tokens + (now - bucket.lastRefill) * perMs);
    const allowed = tokens >= 1;
    const left = allowed ? tokens - 1 : tokens;
    await this.storage.put("bucket", { tokens: left, lastRefill: now });
    if (allowed) return Response.json({ allowed, remaining: Math.floor(left) });
    const retryAfter = Math.ceil(Math.ceil((1 - tokens) / perMs) / 1000); // seconds
    const headers = {
      "Retry-After": `${retryAfter}`,
      "X-RateLimit-Limit": `${CAPACITY}`,
      "X-RateLimit-Remaining": "0",
    };
    return Response.json({ allowed, retryAfter, remaining: 0 }, { status: 429, headers });
  }
}

// One object per name; the first segment of the path says of which class.
function objectOf(request, env) {
  const url = new URL(request.url);
  const [, kind, name] = url.pathname.split("/");
  const of = (namespace, id) => namespace.get(namespace.idFromName(id));
  if (kind === "counter") return of(env.COUNTER, url.searchParams.get("id") ?? "global");
  if (kind === "room" && name) return of(env.ROOM, name);
  if (kind !== "check") return null;
  const client = request.headers.get("CF-Connecting-IP") ?? "unknown";
  return of(env.LIMITER, request.headers.get("X-API-Key") ?? `ip:${client}`);
}

export default {
  fetch(request, env) {
    return objectOf(request, env)?.fetch(request) ?? notFound();
  },
};
