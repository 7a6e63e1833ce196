# workerd's configuration for the conformance suite. The driver gives what differs between runs:
#   workerd serve worker.capnp --experimental --socket-addr http=127.0.0.1:PORT --directory-path objects=DIR
using Workerd = import "/workerd/workerd.capnp";

const conform :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "objects", disk = (path = "/nonexistent", writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);

const worker :Workerd.Worker = (
  modules = [
    (name = "worker.js", esModule = embed "worker.js"),
    (name = "probe.js", esModule = embed "probe.js"),
    (name = "classes.js", esModule = embed "classes.js"),
    (name = "document.js", esModule = embed "document.js"),
    (name = "text.js", esModule = embed "text.js"),
  ],
  compatibilityDate = "2026-11-17",
  durableObjectNamespaces = [
    (className = "Probe", uniqueKey = "durabench-conform-probe", enableSql = true),
    (className = "Counter", uniqueKey = "durabench-conform-counter", enableSql = true),
    (className = "Room", uniqueKey = "durabench-conform-room", enableSql = true),
    (className = "Limiter", uniqueKey = "durabench-conform-limiter", enableSql = true),
    (className = "Account", uniqueKey = "durabench-conform-account", enableSql = true),
    (className = "Session", uniqueKey = "durabench-conform-session", enableSql = true),
    (className = "Document", uniqueKey = "durabench-conform-document", enableSql = true),
  ],
  durableObjectStorage = (localDisk = "objects"),
  bindings = [
    (name = "PROBE", durableObjectNamespace = "Probe"),
    (name = "COUNTER", durableObjectNamespace = "Counter"),
    (name = "ROOM", durableObjectNamespace = "Room"),
    (name = "LIMITER", durableObjectNamespace = "Limiter"),
    (name = "ACCOUNT", durableObjectNamespace = "Account"),
    (name = "SESSION", durableObjectNamespace = "Session"),
    (name = "DOCUMENT", durableObjectNamespace = "Document"),
    (name = "TOKENS", json = "5"),
    (name = "TTL_MS", json = "8000"),
  ],
);
