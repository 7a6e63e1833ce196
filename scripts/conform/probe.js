// The probe: a class that does what it is told. A program is a list of operations, each a list of a
// name and its arguments; its results are the answer. refimpl/classes/probe is the same class in Go,
// and what the two answer to one program is what is compared.
//
// An operation that the runtime refuses gives {"error": …} and the program goes on; only "throw",
// "rollback" and "abort" leave it.

import { DurableObject } from "cloudflare:workers";

// Thrown is the error that a program asked for, as against one of the runtime.
class Thrown extends Error {}

// Rollback leaves the body of a transaction that was rolled back.
class Rollback extends Error {}

const none = { none: true };
const patience = 5_000; // ms, of "until" unless it is told otherwise

export class Probe extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    this.storage = ctx.storage;
    this.memory = new Map();
    this.said = [];
    this.stubs = new Map();
    const refusals = ctx.storage.kv.get("~refuse") ?? 0;
    if (refusals > 0) {
      ctx.storage.kv.put("~refuse", refusals - 1);
      throw new Thrown("the constructor refuses");
    }
    const program = ctx.storage.kv.get("~construct");
    if (program) ctx.blockConcurrencyWhile(() => this.run(program, {}));
  }

  async fetch(request) {
    const url = new URL(request.url);
    const path = url.pathname;
    if (path === "/ws") return this.join(request, url);
    if (path === "/echo") return echo(request, url);
    if (path !== "/run") return new Response("Not Found", { status: 404 });
    const turn = {};
    const results = await this.run(await request.json(), turn);
    return turn.response ?? Response.json({ results });
  }

  // join takes a WebSocket under the tags of the query, or does what the query's program says.
  async join(request, url) {
    const turn = { upgrade: request.headers.get("Upgrade") === "websocket" };
    const program = url.searchParams.get("run");
    if (!program) {
      this.accept(turn, url.searchParams.getAll("tag"));
      return new Response(null, { status: 101, webSocket: turn.client });
    }
    const results = await this.run(JSON.parse(program), turn);
    if (turn.response) return turn.response;
    return turn.client ? new Response(null, { status: 101, webSocket: turn.client }) : Response.json({ results });
  }

  accept(turn, tags) {
    if (!turn.upgrade) throw new Error("no WebSocket to accept");
    const [client, server] = Object.values(new WebSocketPair());
    this.ctx.acceptWebSocket(server, tags);
    turn.client = client;
    turn.socket = server;
  }

  async webSocketMessage(socket, message) {
    if (typeof message !== "string" || !message.startsWith("[")) return socket.send(message);
    const turn = { socket };
    const results = await this.run(JSON.parse(message), turn);
    if (!turn.quiet) socket.send(JSON.stringify({ results }));
  }

  async webSocketClose(socket, code, reason, clean) {
    await this.note("~closes", { code, reason, clean });
    const program = await this.storage.get("~onclose");
    if (program) await this.run(program, { socket });
  }

  webSocketError() {
    return this.note("~errors", true);
  }

  // alarm notes each run, and runs the program meant for it: the last one serves for all that follow.
  async alarm(info) {
    const run = { retry: info.retryCount, again: info.isRetry, early: Date.now() < info.scheduledTime };
    const number = await this.note("~runs", run);
    const programs = (await this.storage.get("~alarm")) ?? [];
    await this.run(programs[Math.min(number, programs.length) - 1] ?? [], {});
  }

  async note(key, entry) {
    const list = (await this.storage.get(key)) ?? [];
    list.push(entry);
    await this.storage.put(key, list);
    return list.length;
  }

  async run(program, turn) {
    const results = [];
    for (const [name, ...args] of program) {
      if (!ops[name]) throw new Error(`no operation ${name}`);
      try {
        results.push((await ops[name](this, turn, ...args)) ?? null);
      } catch (e) {
        if (e instanceof Thrown || e instanceof Rollback) throw e;
        results.push({ error: "refused" });
      }
    }
    return results;
  }

  sibling(name) {
    const own = this.ctx.id.name;
    return own.slice(0, own.lastIndexOf(".") + 1) + name;
  }

  async until(done, ms) {
    for (const end = Date.now() + ms; Date.now() < end; await scheduler.wait(5)) if (done()) return true;
    return done();
  }
}

async function echo(request, url) {
  const headers = {};
  for (const [name, value] of request.headers) if (name.startsWith("x-probe")) headers[name] = value;
  return Response.json({
    method: request.method, path: url.pathname, query: url.search.slice(1), headers, body: await request.text(),
  });
}

const found = (value) => (value === undefined ? none : value);

// away tells a time as the distance from now, coarsely: the two systems are not asked in the same instant.
const away = (time) => (time === null ? none : Math.round((time - Date.now()) / 10_000) * 10_000);

async function section(p, turn, program, around) {
  let results;
  try {
    await around(async () => { results = await p.run(program, turn); });
    return { results };
  } catch (e) {
    if (e instanceof Rollback) return { rolledBack: true };
    return { error: e instanceof Thrown ? e.message : "refused" };
  }
}

// ops are the operations, each with the probe, the turn it is part of, and its arguments.
const ops = {
  // Storage.
  get: async (p, _, key) => found(await p.storage.get(key)),
  getMany: async (p, _, keys) => [...(await p.storage.get(keys))],
  put: (p, _, key, value, options) => p.storage.put(key, value, options),
  putMany: (p, _, entries, options) => p.storage.put(Object.fromEntries(entries), options),
  delete: (p, _, key, options) => p.storage.delete(key, options),
  deleteMany: (p, _, keys, options) => p.storage.delete(keys, options),
  list: async (p, _, options) => [...(await p.storage.list(options))],
  count: async (p) => (await p.storage.list()).size,
  deleteAll: (p) => p.storage.deleteAll(),
  sync: (p) => p.storage.sync(),
  // Large and many things, which a program should not have to spell out.
  fill: (p, _, key, size, options) => p.storage.put(key, "x".repeat(size), options),
  size: async (p, _, key) => (await p.storage.get(key))?.length ?? none,
  putKeys: (p, _, prefix, n) => p.storage.put(Object.fromEntries(keys(prefix, n).map((k, i) => [k, i]))),
  getKeys: async (p, _, prefix, n) => (await p.storage.get(keys(prefix, n))).size,
  deleteKeys: (p, _, prefix, n) => p.storage.delete(keys(prefix, n)),
  longKey: async (p, _, size) => {
    await p.storage.put("k".repeat(size), 1);
    return p.storage.get("k".repeat(size));
  },
  transaction: (p, turn, program) =>
    section(p, turn, program, (body) => p.storage.transaction((txn) => {
      const outer = turn.txn;
      turn.txn = txn;
      return body().finally(() => { turn.txn = outer; });
    })),
  rollback: (_, turn) => {
    turn.txn.rollback();
    throw new Rollback();
  },

  // Alarms.
  setAlarm: (p, _, ms, options) => p.storage.setAlarm(Date.now() + ms, options),
  setAlarmAt: (p, _, ms) => p.storage.setAlarm(ms),
  getAlarm: async (p) => away(await p.storage.getAlarm()),
  deleteAlarm: (p, _, options) => p.storage.deleteAlarm(options),
  onAlarm: (p, _, ...programs) => p.storage.put("~alarm", programs),
  runs: async (p) => (await p.storage.get("~runs")) ?? [],

  // Concurrency, memory and failure.
  sleep: (_p, _t, ms) => scheduler.wait(ms),
  set: (p, _, key, value) => void p.memory.set(key, value),
  add: (p, _, key) => {
    p.memory.set(key, (p.memory.get(key) ?? 0) + 1);
    return p.memory.get(key);
  },
  memory: (p, _, key) => found(p.memory.get(key)),
  until: async (p, _, key, ms = patience) => ((await p.until(() => p.memory.has(key), ms)) ? p.memory.get(key) : "timeout"),
  say: (p, _, text) => void p.said.push(text),
  said: (p) => [...p.said],
  untilSaid: async (p, _, n) => ((await p.until(() => p.said.length >= n, patience)) ? [...p.said] : "timeout"),
  block: (p, turn, program) => section(p, turn, program, (body) => p.ctx.blockConcurrencyWhile(body)),
  nest: async (p, _, depth) => {
    let reached = 0;
    const inner = async () => {
      if (reached === depth) return;
      try {
        await p.ctx.blockConcurrencyWhile(() => { reached++; return inner(); });
      } catch {} // too deep: caught here, or the section around it would fail too
    };
    await inner();
    return reached;
  },
  waitUntil: (p, turn, program) => p.ctx.waitUntil(scheduler.wait(0).then(() => p.run(program, { socket: turn.socket }))),
  throw: (_p, _t, message) => { throw new Thrown(message); },
  throwWhile: async (p, turn, name, key) => {
    const held = await ops.call(p, turn, name, [["get", key]]);
    if (!held.results?.[0]?.none) throw new Thrown(key);
  },
  abort: async (p, _, message, options) => {
    p.ctx.abort(message, options);
    await scheduler.wait(60_000);
  },
  onConstruct: (p, _, program) => p.storage.put("~construct", program),
  call: async (p, _, name, program, label) => {
    const stub = p.stubs.get(label) ?? p.env.PROBE.getByName(p.sibling(name));
    if (label) p.stubs.set(label, stub);
    try {
      const answer = await stub.fetch("http://probe/run", { method: "POST", body: JSON.stringify(program) });
      const text = await answer.text();
      return answer.ok ? JSON.parse(text) : { status: answer.status };
    } catch (e) {
      return { failed: { remote: !!e.remote, retryable: !!e.retryable, overloaded: !!e.overloaded, reset: !!e.durableObjectReset } };
    }
  },

  // Names.
  name: (p) => p.ctx.id.name.slice(p.ctx.id.name.lastIndexOf(".") + 1),
  ids: (p, _, first, second) => p.env.PROBE.idFromName(first).equals(p.env.PROBE.idFromName(second)),
  own: (p) => p.env.PROBE.idFromName(p.ctx.id.name).equals(p.ctx.id),
  unique: (p) => {
    const [one, other] = [p.env.PROBE.newUniqueId(), p.env.PROBE.newUniqueId()];
    return [one.equals(other), one.toString().length, /^[0-9a-f]+$/.test(one.toString())];
  },
  parse: (p, _, text) => p.env.PROBE.idFromString(text).toString(),
  parseOwn: (p) => p.env.PROBE.idFromString(p.ctx.id.toString()).equals(p.ctx.id),
  parseOther: (p) => p.env.PROBE.idFromString(p.env.COUNTER.idFromName("a").toString()).toString(),
  upperCase: (p) => p.env.PROBE.idFromString(p.ctx.id.toString().toUpperCase()).equals(p.ctx.id),

  // HTTP.
  respond: (_, turn, status, headers, body) => { turn.response = new Response(body, { status, headers }); },

  // WebSockets.
  accept: (p, turn, tags) => p.accept(turn, tags),
  acceptMany: (p, turn, n, size) => p.accept(turn, keys("t".repeat(size), n)),
  send: (_, turn, text) => turn.socket.send(text),
  sendBinary: (_, turn, bytes) => turn.socket.send(new Uint8Array(bytes)),
  sendLarge: (_, turn, size) => turn.socket.send("x".repeat(size)),
  close: (_, turn, code, reason) => turn.socket.close(code, reason),
  closeLong: (_, turn, code, size) => turn.socket.close(code, "r".repeat(size)),
  broadcast: (p, _, tag, text) => p.ctx.getWebSockets(tag || undefined).forEach((s) => s.send(text)),
  closeAll: (p, _, tag, code, reason) => p.ctx.getWebSockets(tag || undefined).forEach((s) => s.close(code, reason)),
  sockets: (p, _, tag) => p.ctx.getWebSockets(tag || undefined).length,
  tags: (p, turn) => p.ctx.getTags(turn.socket),
  attach: (_, turn, value) => turn.socket.serializeAttachment(value),
  attachSize: (_, turn, size) => turn.socket.serializeAttachment("x".repeat(size)),
  attachment: (_, turn) => turn.socket.deserializeAttachment() ?? none,
  attachments: (p, _, tag) => p.ctx.getWebSockets(tag || undefined).map((s) => s.deserializeAttachment() ?? none).sort(),
  quiet: (_, turn) => { turn.quiet = true; },
  closes: async (p) => (await p.storage.get("~closes")) ?? [],
  errors: async (p) => (await p.storage.get("~errors")) ?? [],
  onClose: (p, _, program) => p.storage.put("~onclose", program),
  autoResponse: (p, _, request, response) =>
    p.ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(request, response)),
  autoLarge: (p, _, request, response) =>
    p.ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("q".repeat(request), "a".repeat(response))),
  noAutoResponse: (p) => p.ctx.setWebSocketAutoResponse(),
  getAutoResponse: (p) => {
    const pair = p.ctx.getWebSocketAutoResponse();
    return pair ? [pair.request, pair.response] : none;
  },
  autoResponded: (p, turn) => p.ctx.getWebSocketAutoResponseTimestamp(turn.socket) !== null,
};

const keys = (prefix, n) => Array.from({ length: n }, (_, i) => prefix + String(i).padStart(5, "0"));
