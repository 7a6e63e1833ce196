//go:build !linux

package refimpl

import (
	"errors"
	"net"
	"syscall"
)

// rawOf finds no way to read and write without waiting: elsewhere than on Linux,
// each socket has a buffer, and each write a goroutine.
func rawOf(net.Conn) syscall.RawConn { return nil }

func writeSome(syscall.RawConn, []byte) (int, error) { return 0, nil }

func closeHalf(syscall.RawConn) error { return errors.ErrUnsupported }

func readerOf(conn net.Conn, _ syscall.RawConn, _ *bufferPool) func() (*[]byte, []byte, error) {
	return readPlainly(conn)
}
