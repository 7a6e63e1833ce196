package wan

import (
	"net"
	"sync"
	"time"
)

// socket reads and writes the connection underneath. One goroutine reads and one
// at a time writes.
type socket struct {
	raw    net.Conn
	kernel *kernelSocket // nil if raw is none, or none we know to use
	buffer []byte        // of the portable path, which cannot share one
}

func newSocket(raw net.Conn) *socket {
	return &socket{raw: raw, kernel: newKernelSocket(raw)}
}

// read waits for bytes, and tells how long ago they arrived as far as that is
// known. The bytes are the caller's.
func (s *socket) read() (data []byte, lag time.Duration, err error) {
	if s.kernel != nil {
		return s.kernel.read()
	}
	if s.buffer == nil {
		s.buffer = make([]byte, 16<<10)
	}
	n, err := s.raw.Read(s.buffer)
	return append([]byte(nil), s.buffer[:n]...), 0, err
}

// tryWrite writes what the socket takes without blocking. Fewer bytes than asked
// and no error mean that the rest would block.
func (s *socket) tryWrite(p []byte) (int, error) {
	if s.kernel != nil {
		return s.kernel.tryWrite(p)
	}
	return 0, nil
}

// scratch lends read buffers to sockets that have something to read, so that
// the idle ones hold none.
var scratch = sync.Pool{New: func() any { return new([maxChunk]byte) }}
