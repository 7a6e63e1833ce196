# workerd's configuration for the peer: one worker, three classes, each object a SQLite file on disk.
# The driver gives the two things that differ between runs:
#   workerd serve worker.capnp --socket-addr http=127.0.0.1:PORT --directory-path objects=DIR
using Workerd = import "/workerd/workerd.capnp";

const peer :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "objects", disk = (path = "/nonexistent", writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);

const worker :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = "2026-11-01",
  durableObjectNamespaces = [
    (className = "Counter", uniqueKey = "durabench-peer-counter", enableSql = true),
    (className = "Room", uniqueKey = "durabench-peer-room", enableSql = true),
    (className = "Limiter", uniqueKey = "durabench-peer-limiter", enableSql = true),
  ],
  durableObjectStorage = (localDisk = "objects"),
  bindings = [
    (name = "COUNTER", durableObjectNamespace = "Counter"),
    (name = "ROOM", durableObjectNamespace = "Room"),
    (name = "LIMITER", durableObjectNamespace = "Limiter"),
  ],
);
