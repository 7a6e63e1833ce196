package refimpl

import (
	"errors"
	"io"
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// rawOf gives the way to read and write a connection without waiting, if it has one.
func rawOf(conn net.Conn) syscall.RawConn {
	c, ok := conn.(syscall.Conn)
	if !ok {
		return nil // there may be more than a socket underneath
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return nil
	}
	return raw
}

// writeSome writes what the kernel takes at once. Without raw that is nothing.
func writeSome(raw syscall.RawConn, data []byte) (n int, err error) {
	if raw == nil {
		return 0, nil
	}
	closed := raw.Write(func(fd uintptr) bool {
		for {
			n, err = unix.Write(int(fd), data)
			if !errors.Is(err, unix.EINTR) {
				return true
			}
		}
	})
	if errors.Is(err, unix.EAGAIN) {
		return 0, nil
	}
	return max(n, 0), errors.Join(err, closed)
}

// closeHalf ends our side of a connection.
func closeHalf(raw syscall.RawConn) (err error) {
	if raw == nil {
		return errors.ErrUnsupported
	}
	return errors.Join(raw.Control(func(fd uintptr) { err = unix.Shutdown(int(fd), unix.SHUT_WR) }), err)
}

// readerOf reads a connection into borrowed buffers. It has one only from the
// moment there is something to read: a socket that waits holds no buffer.
func readerOf(conn net.Conn, raw syscall.RawConn, buffers *bufferPool) func() (*[]byte, []byte, error) {
	if raw == nil {
		return readPlainly(conn)
	}
	var buffer *[]byte
	var n int
	var failed error
	try := func(fd uintptr) bool {
		buffer = buffers.Get()
		for {
			n, failed = unix.Read(int(fd), *buffer)
			if failed != unix.EINTR {
				break
			}
		}
		if failed == unix.EAGAIN {
			buffers.Put(buffer)
			return false
		}
		return true
	}
	return func() (*[]byte, []byte, error) {
		if err := raw.Read(try); err != nil {
			return nil, nil, err
		}
		taken := buffer
		buffer = nil
		switch {
		case failed != nil:
			buffers.Put(taken)
			return nil, nil, failed
		case n == 0:
			buffers.Put(taken)
			return nil, nil, io.EOF
		}
		return taken, (*taken)[:n], nil
	}
}
