package wan

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// kernelSocket speaks to the descriptor itself, for two things that net.Conn
// cannot do: write without blocking, and tell when bytes arrived. Its callbacks
// are made once, because a closure per system call would be garbage per chunk.
type kernelSocket struct {
	raw    syscall.RawConn
	reader received
	writer sent
}

type received struct {
	try  func(fd uintptr) bool
	data []byte
	lag  time.Duration
	err  error
}

type sent struct {
	try  func(fd uintptr) bool
	data []byte
	n    int
	err  error
}

// newKernelSocket returns nil for a connection without a descriptor.
func newKernelSocket(c net.Conn) *kernelSocket {
	sc, ok := c.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return nil
	}
	_ = raw.Control(func(fd uintptr) {
		// Where it is refused, arrivals are taken to be when we see them.
		_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1)
	})
	k := &kernelSocket{raw: raw}
	k.reader.try = k.reader.receive
	k.writer.try = k.writer.send
	return k
}

func (k *kernelSocket) read() ([]byte, time.Duration, error) {
	r := &k.reader
	r.data, r.lag, r.err = nil, 0, nil
	if err := k.raw.Read(r.try); err != nil {
		return nil, 0, err
	}
	return r.data, r.lag, r.err
}

// receive is one attempt to read; false makes the runtime wait for the socket.
func (r *received) receive(fd uintptr) bool {
	buffer := scratch.Get().(*[maxChunk]byte)
	defer scratch.Put(buffer)
	var control [64]byte
	for {
		n, controlled, _, _, err := unix.Recvmsg(int(fd), buffer[:], control[:], unix.MSG_DONTWAIT)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.EAGAIN):
			return false
		case err != nil:
			r.err = os.NewSyscallError("recvmsg", err)
		case n == 0:
			r.err = io.EOF
		default:
			r.data = append([]byte(nil), buffer[:n]...)
			r.lag = since(control[:controlled])
		}
		return true
	}
}

// since reads the kernel's time stamp. A wall clock that was set meanwhile could
// make it any number, hence the bounds.
func since(control []byte) time.Duration {
	if len(control) < unix.CmsgLen(0) {
		return 0 // Unix sockets stamp nothing
	}
	header, data, _, err := unix.ParseOneSocketControlMessage(control)
	if err != nil || header.Type != unix.SCM_TIMESTAMPNS || len(data) != 16 {
		return 0
	}
	stamp := time.Unix(
		int64(binary.NativeEndian.Uint64(data)),
		int64(binary.NativeEndian.Uint64(data[8:])),
	)
	if lag := time.Since(stamp); lag > 0 && lag < time.Second {
		return lag
	}
	return 0
}

func (k *kernelSocket) tryWrite(p []byte) (int, error) {
	w := &k.writer
	w.data, w.n, w.err = p, 0, nil
	if err := k.raw.Write(w.try); err != nil {
		return 0, err
	}
	w.data = nil
	return w.n, w.err
}

// send is the only attempt: true means that the runtime need not wait.
func (w *sent) send(fd uintptr) bool {
	for {
		n, err := unix.Write(int(fd), w.data[w.n:])
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.EAGAIN):
		case err != nil:
			w.err = os.NewSyscallError("write", err)
		default:
			w.n += n
		}
		return true
	}
}
