// The worker that conformance is compared against: the same classes and routes as `durabench serve`,
// run by Cloudflare's own runtime.

export { Probe } from "./probe.js";
export { Counter, Room, Limiter, Account, Session } from "./classes.js";
export { Document } from "./document.js";

// namespaces by the class that /object/CLASS/NAME/… names: those that have no route of their own.
const namespaces = (env) => ({ probe: env.PROBE });

// route finds the object that a request is for, and the object's own path.
function route(request, env) {
  const url = new URL(request.url);
  const [, kind, first, second] = url.pathname.split("/", 4);
  const rest = (parts) => "/" + url.pathname.split("/").slice(parts).join("/");
  switch (kind) {
    case "object": {
      const namespace = namespaces(env)[first];
      return namespace && second ? [namespace, decodeURIComponent(second), rest(4)] : null;
    }
    case "counter":
      return [env.COUNTER, url.searchParams.get("id") ?? "global", rest(2)];
    case "room":
      return first ? [env.ROOM, decodeURIComponent(first), second === undefined ? "/ws" : rest(3)] : null;
    case "account":
      return first ? [env.ACCOUNT, decodeURIComponent(first), rest(3)] : null;
    case "session":
      return first ? [env.SESSION, decodeURIComponent(first), rest(3)] : null;
    case "doc":
      return first ? [env.DOCUMENT, decodeURIComponent(first), rest(3)] : null;
    case "check":
      return [env.LIMITER, request.headers.get("X-API-Key") ?? "ip:unknown", "/check"];
  }
  return null;
}

export default {
  fetch(request, env) {
    const to = route(request, env);
    if (!to) return new Response("Not Found", { status: 404 });
    const [namespace, name, path] = to;
    const url = new URL(request.url);
    url.pathname = path;
    return namespace.getByName(name).fetch(new Request(url, request));
  },
};
