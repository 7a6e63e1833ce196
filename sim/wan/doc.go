// Package wan is the emulated wide-area network: sockets whose bytes take the
// time that distance costs.
//
// A [Network] belongs to one world. A [Link] is one pair of places in it, an
// edge and a home; its DialContext has the shape that http.Transport, pgconn
// and websocket.Dialer ask for. What it dials is an ordinary loopback
// connection, wrapped on the dialler's side, and the wrapper holds every chunk
// of bytes back for one way's delay, in both directions. The listener needs to
// know nothing.
//
//	dialler                      wan                            listener
//	Write ──► [ out: due = now + Delay(Out) ] ── at due ──► socket ──► Read
//	Read  ◄── at due ── [ in: due = arrival + Delay(In) ] ◄── socket ◄── Write
//
// The laws:
//
//   - Nothing arrives early. A chunk is handed over at its due instant or later;
//     how much later is recorded for every chunk ([Link.Lateness]).
//   - Order is kept. A chunk is never due before the one written before it, so
//     jitter makes bytes wait for their predecessors, as TCP does.
//   - A dial costs one round trip before the listener sees it. An end of stream
//     and a broken connection travel like bytes, behind those sent before them.
//   - Bandwidth is unlimited, but the bytes in flight of one direction of one
//     connection are bounded by [Options.Window]. At the bound Write blocks, and
//     the socket is not read further, so that the sender blocks: the
//     back-pressure of a TCP window.
//   - A cut link loses no bytes for good: TCP would send them again, so they wait
//     for the healing and then travel one way's delay.
//
// One scheduler serves all connections. It hands bytes to a socket only without
// blocking; a socket that is full gets a goroutine of its own until it has caught
// up, so that one slow reader delays nobody else. An idle connection costs one
// goroutine and no buffer.
//
// Time is exact to some tens of microseconds where the machine has a moment to
// spare: Go's timers are rounded up to a millisecond when the process sleeps, so
// on Linux the kernel wakes the scheduler through a timer descriptor, and the
// arrival of bytes is taken from the kernel's time stamp, not from the instant
// when a busy process gets round to reading them.
package wan
