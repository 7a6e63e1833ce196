// The classes of the article, written as an ordinary Worker would.

import { DurableObject } from "cloudflare:workers";

const notFound = () => new Response("Not Found", { status: 404 });

// Counter is a number that is kept; it does not go below zero.
export class Counter extends DurableObject {
  async fetch(request) {
    const asked = new URL(request.url).pathname;
    const count = (await this.ctx.storage.get("count")) ?? 0;
    const next = { "/value": count, "/increment": count + 1, "/decrement": Math.max(0, count - 1), "/reset": 0 }[asked];
    if (next === undefined) return notFound();
    if (asked !== "/value") await this.ctx.storage.put("count", next);
    return Response.json(asked === "/reset" ? { count: 0, reset: true } : { count: next });
  }
}

const remembered = 100; // messages

// Room is a chat room with a history.
export class Room extends DurableObject {
  async history() {
    return (await this.ctx.storage.get("history")) ?? [];
  }

  async fetch(request) {
    const url = new URL(request.url);
    if (url.pathname === "/messages" && request.method === "GET") return Response.json({ messages: await this.history() });
    if (url.pathname !== "/ws") return notFound();
    if (request.headers.get("Upgrade") !== "websocket") return new Response("Expected WebSocket upgrade", { status: 426 });
    const [client, server] = Object.values(new WebSocketPair());
    this.ctx.acceptWebSocket(server);
    server.serializeAttachment(url.searchParams.get("userId") ?? `anon-${Date.now()}`);
    const messages = await this.history();
    if (messages.length > 0) server.send(JSON.stringify({ type: "history", messages }));
    return new Response(null, { status: 101, webSocket: client });
  }

  async webSocketMessage(from, frame) {
    let asked;
    try {
      asked = JSON.parse(frame);
    } catch {
      from.send(JSON.stringify({ type: "error", error: "Invalid JSON" }));
      return;
    }
    if (asked?.type !== "chat") return;
    const message = { id: crypto.randomUUID(), userId: from.deserializeAttachment(), text: asked.text, timestamp: Date.now() };
    await this.ctx.storage.put("history", [...(await this.history()), message].slice(-remembered));
    this.tell({ type: "message", message });
  }

  webSocketClose(left, code, reason) {
    try {
      left.close(code, reason);
    } catch {} // 1005 and 1006 are heard, never said
    this.tell({ type: "user_left", userId: left.deserializeAttachment(), timestamp: Date.now() });
  }

  tell(event) {
    const frame = JSON.stringify(event);
    for (const socket of this.ctx.getWebSockets()) {
      try {
        socket.send(frame);
      } catch {} // it is closing: the others still hear
    }
  }
}

// Limiter is a token bucket: as many tokens as the run says, full again after an hour.
export class Limiter extends DurableObject {
  async fetch() {
    const capacity = this.env.TOKENS;
    const refillMs = 3_600_000;
    const now = Date.now();
    const before = (await this.ctx.storage.get("bucket")) ?? { tokens: capacity, lastRefill: now };
    const tokens = Math.min(capacity, before.tokens + ((now - before.lastRefill) * capacity) / refillMs);
    const allowed = tokens >= 1;
    await this.ctx.storage.put("bucket", { tokens: allowed ? tokens - 1 : tokens, lastRefill: now });
    if (allowed) return Response.json({ allowed, remaining: Math.floor(tokens - 1) });
    const retryAfter = Math.ceil(((1 - tokens) * refillMs) / capacity / 1000);
    const headers = { "Retry-After": `${retryAfter}`, "X-RateLimit-Limit": `${capacity}`, "X-RateLimit-Remaining": "0" };
    return Response.json({ allowed, retryAfter, remaining: 0 }, { status: 429, headers });
  }
}

const born = 16; // accounts an account object begins with
const opening = 1_000; // on each of them
const ring = 100; // transfers that are remembered
const most = 1_000_000_000_000;
const badNames = "from, to: want names of 1 to 64 bytes, without slashes and control bytes";
const badTransfer = "want {from, to, amount}, the amount a whole number";

class Short extends Error {}

// Account keeps many accounts; a transfer is one transaction.
export class Account extends DurableObject {
  async fetch(request) {
    const path = new URL(request.url).pathname;
    if (path === "/log" && request.method === "GET") return Response.json({ log: await this.log() });
    if (path !== "/") return notFound();
    if (request.method === "GET") return Response.json(await this.standing());
    if (request.method !== "POST") return new Response("Method Not Allowed", { status: 405 });
    return this.move(await request.text());
  }

  async move(body) {
    const refuse = (error) => Response.json({ success: false, error }, { status: 400 });
    let asked;
    try {
      asked = JSON.parse(body);
    } catch {
      return refuse(badTransfer);
    }
    const { from, to, amount } = asked;
    if (!Number.isInteger(amount)) return refuse(badTransfer);
    if (amount < 1 || amount > most) return refuse(`amount ${amount}: want a whole number from 1 to ${most}`);
    if (from === to) return refuse("from and to are one account");
    if ([from, to].some((name) => name === "" || name.includes("/") || name.length > 64)) return refuse(badNames);
    try {
      await this.ctx.storage.transaction(() => this.carryOut(from, to, amount));
    } catch (e) {
      if (!(e instanceof Short)) throw e;
      return Response.json({ success: false, error: e.message, ...(await this.standing()) }, { status: 400 });
    }
    return Response.json({ success: true, from, to, amount, ...(await this.standing()) });
  }

  // carryOut takes before it looks, so that the transaction has something to undo.
  async carryOut(from, to, amount) {
    const { storage } = this.ctx;
    const n = ((await storage.get("last")) ?? 0) + 1;
    const had = await this.balance(from);
    await storage.put("last", n);
    await storage.put(`balance:${from}`, had - amount);
    if (had < amount) throw new Short(`Insufficient balance: ${had} < ${amount}`);
    await storage.put(`balance:${to}`, (await this.balance(to)) + amount);
    await storage.put(`log:${n % ring}`, { n, from, to, amount, timestamp: Date.now() });
  }

  async balance(name) {
    const initial = /^a(\d|1[0-5])$/.test(name) ? opening : 0;
    return (await this.ctx.storage.get(`balance:${name}`)) ?? initial;
  }

  async standing() {
    const balances = {};
    for (let i = 0; i < born; i++) balances[`a${i}`] = opening;
    for (const [key, value] of await this.ctx.storage.list({ prefix: "balance:" })) balances[key.slice(8)] = value;
    return { seq: (await this.ctx.storage.get("last")) ?? 0, balances };
  }

  async log() {
    return [...(await this.ctx.storage.list({ prefix: "log:" })).values()].sort((a, b) => a.n - b.n);
  }
}

// Session is one session, which its alarm ends; an access moves the alarm on.
export class Session extends DurableObject {
  async fetch(request) {
    const asked = `${request.method} ${new URL(request.url).pathname}`;
    if (asked === "POST /create") return this.create(await request.text());
    if (asked.endsWith(" /get")) return this.get();
    if (asked !== "DELETE /invalidate") return notFound();
    await this.ctx.storage.deleteAll();
    return Response.json({ ok: true });
  }

  async create(body) {
    let fields;
    try {
      fields = JSON.parse(body);
    } catch {}
    if (typeof fields !== "object" || fields === null || Array.isArray(fields)) {
      return Response.json({ error: "want a JSON object" }, { status: 400 });
    }
    await this.ctx.storage.put("session", { ...fields, createdAt: Date.now() });
    await this.extend();
    return Response.json({ ok: true, expiresIn: this.env.TTL_MS });
  }

  async get() {
    const session = await this.ctx.storage.get("session");
    if (!session) return Response.json({ error: "Session not found" }, { status: 404 });
    await this.extend();
    return Response.json({ session });
  }

  extend() {
    return this.ctx.storage.setAlarm(Date.now() + this.env.TTL_MS);
  }

  alarm() {
    return this.ctx.storage.deleteAll();
  }
}
