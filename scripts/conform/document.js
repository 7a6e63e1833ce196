// The document that several members write at once, as an ordinary Worker would have it.

import { DurableObject } from "cloudflare:workers";
import { after, apply, bytes, cursor, points, read } from "./text.js";

const frameBytes = 256 << 10;
const editsAtOnce = 100;
const nameBytes = 256;
const logLength = 1000; // edits
const logBytes = 4 << 20;
const storeTextEvery = 100; // versions

const key = (version) => `edit:${String(version % logLength).padStart(3, "0")}`;
const size = ({ id, userId, ops }) => ops.reduce((n, span) => n + 8 + (typeof span === "string" ? bytes(span) : 0), bytes(id) + bytes(userId));

// integer reads a number that may be missing.
function integer(n) {
  if (!Number.isInteger(n ?? 0)) throw new Error("not a whole number");
  return n ?? 0;
}

function word(text) {
  if (typeof (text ?? "") !== "string") throw new Error("not a text");
  return (text ?? "").toWellFormed();
}

// asked is what a member wants, in the types it must have; it throws at everything else.
function asked(frame) {
  if (typeof frame !== "string" || bytes(frame) > frameBytes) throw new Error("not a frame");
  const sent = JSON.parse(frame) ?? {};
  if (typeof sent !== "object" || Array.isArray(sent)) throw new Error("not an object");
  if (!Array.isArray(sent.edits ?? [])) throw new Error("not edits");
  return {
    type: word(sent.type),
    base: integer(sent.base),
    edits: (sent.edits ?? []).map((edit) => ({ id: word(edit?.id), ops: read(edit?.ops ?? null) })),
    cursor: sent.cursor === undefined || sent.cursor === null ? null : integer(sent.cursor),
    position: integer(sent.position),
  };
}

// Document orders the edits of its members.
export class Document extends DurableObject {
  version = 0;
  text = "";
  log = []; // the last edits; the last one made this version
  bytes = 0; // of the log
  stored = 0; // version of the text in storage

  constructor(ctx, env) {
    super(ctx, env);
    ctx.blockConcurrencyWhile(() => this.restore());
  }

  async restore() {
    const { storage } = this.ctx;
    const snapshot = (await storage.get("snapshot")) ?? { version: 0, text: "" };
    this.stored = this.version = snapshot.version;
    this.text = snapshot.text;
    const kept = [...(await storage.list({ prefix: "edit:" })).values()].sort((a, b) => a.version - b.version);
    for (const { version, ...edit } of kept) {
      if (version > this.version) this.text = apply(edit.ops, this.text);
      this.version = Math.max(version, this.version);
      this.log.push(edit);
      this.bytes += size(edit);
    }
  }

  get oldest() {
    return this.version - this.log.length;
  }

  // since is the edits after a version; undefined if they are not known.
  since(version) {
    if (version >= this.oldest && version <= this.version) return this.log.slice(version - this.oldest);
  }

  fetch(request) {
    const url = new URL(request.url);
    if (url.pathname === "/ws") return this.join(request, url.searchParams);
    if (request.method === "GET" && url.pathname === "/text") return Response.json({ version: this.version, text: this.text });
    if (request.method !== "GET" || url.pathname !== "/changes") return new Response("Not Found", { status: 404 });
    const edits = this.named(url.searchParams);
    if (edits) return Response.json({ version: this.version, edits });
    return Response.json({ oldest: this.oldest }, { status: 410 });
  }

  named(query) {
    const since = query.get("since") ?? "";
    return /^-?\d+$/.test(since) ? this.since(Number(since)) : undefined;
  }

  join(request, query) {
    if (request.headers.get("Upgrade") !== "websocket") return new Response("Expected WebSocket upgrade", { status: 426 });
    const userId = query.get("userId") ?? "";
    if (userId === "" || bytes(userId) > nameBytes) return new Response("Expected userId", { status: 400 });
    const [client, server] = Object.values(new WebSocketPair());
    this.ctx.acceptWebSocket(server);
    server.serializeAttachment({ userId });
    const edits = this.named(query);
    if (edits) this.tell([server], this.frame(edits));
    else this.show(server);
    this.tellAll({ type: "joined", userId });
    return new Response(null, { status: 101, webSocket: client });
  }

  frame(edits) {
    return { type: "edits", version: this.version - edits.length + 1, edits };
  }

  webSocketMessage(from, frame) {
    let wish;
    try {
      wish = asked(frame);
    } catch {
      this.tell([from], { type: "error", error: "a frame that cannot be read" });
      return;
    }
    if (wish.type === "edit") this.take(from, wish);
    if (wish.type === "cursor") this.point(from, wish.base, wish.position);
    if (wish.type === "text") this.show(from);
  }

  // take orders a member's edits and gives them to all.
  take(from, { base, edits, cursor: at }) {
    const refuse = (reason) => this.tell([from], { type: "refused", ids: edits.map((edit) => edit.id), reason });
    const before = this.since(base);
    if (!before) return refuse("the log does not reach back to the base");
    if (edits.length === 0 || edits.length > editsAtOnce || edits.some(({ id }) => id === "" || bytes(id) > nameBytes)) {
      return refuse("too many edits, or one without a name");
    }
    const { userId } = from.deserializeAttachment();
    const again = before.findIndex((edit) => edit.userId === userId && edit.id === edits[0].id);
    if (again >= 0) return this.tell([from], this.frame(before.slice(again)));
    const moved = after(before, edits);
    try {
      this.text = moved.reduce((text, edit) => apply(edit.ops, text), this.text);
    } catch (e) {
      return refuse(e.message);
    }
    for (const edit of moved) this.append({ ...edit, userId });
    this.settle();
    this.tellAll(this.frame(this.log.slice(-moved.length)));
    if (at !== null) this.point(from, this.version, at);
  }

  append(edit) {
    this.version++;
    this.ctx.storage.put(key(this.version), { version: this.version, ...edit });
    this.log.push(edit);
    this.bytes += size(edit);
  }

  // settle forgets what is too old or too much, and stores the text when it is time.
  settle() {
    while (this.log.length > logLength) this.bytes -= size(this.log.shift());
    const due = Math.floor(this.version / storeTextEvery) > Math.floor(this.stored / storeTextEvery);
    if (due || this.bytes > logBytes) {
      this.ctx.storage.put("snapshot", { version: this.version, text: this.text });
      this.stored = this.version;
    }
    while (this.bytes > logBytes && this.log.length > 1) {
      this.ctx.storage.delete(key(this.oldest + 1));
      this.bytes -= size(this.log.shift());
    }
  }

  // at is where a position of a version is now.
  at(version, position) {
    return this.since(version)?.reduce((now, edit) => cursor(edit.ops, now), position);
  }

  // point moves a member's cursor and tells all; one that the text cannot have is left out.
  point(of, base, position) {
    const now = this.at(base, position);
    if (now === undefined || position < 0) return;
    const member = this.placed(of.deserializeAttachment().userId, Math.min(now, points(this.text).length));
    of.serializeAttachment(member);
    this.tellAll({ type: "cursor", ...member });
  }

  // placed leaves a version of 0 out, as the members expect it.
  placed(userId, position) {
    return { userId, position, ...(this.version > 0 && { version: this.version }) };
  }

  // show gives a member the text and who is present.
  show(to) {
    const sockets = this.ctx.getWebSockets().toReversed(); // no order is promised; so it is who came first
    const present = sockets.map((socket) => {
      const { userId, position, version } = socket.deserializeAttachment();
      const now = position === undefined ? undefined : this.at(version ?? 0, position);
      return now === undefined ? { userId } : this.placed(userId, now);
    });
    this.tell([to], { type: "text", version: this.version, text: this.text, present });
  }

  webSocketClose(left, code, reason) {
    try {
      left.close(code, reason);
    } catch {} // 1005 and 1006 are heard, never said
    this.tellAll({ type: "left", userId: left.deserializeAttachment().userId });
  }

  tellAll(event) {
    this.tell(this.ctx.getWebSockets(), event);
  }

  tell(sockets, event) {
    const frame = JSON.stringify(event);
    for (const socket of sockets) {
      try {
        socket.send(frame);
      } catch {} // it is closing: the others still hear
    }
  }
}
