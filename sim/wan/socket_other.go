//go:build !linux

package wan

import (
	"net"
	"time"
)

// kernelSocket exists only on Linux. Elsewhere a goroutine writes whenever bytes
// are due, and bytes arrive when they are read.
type kernelSocket struct{}

func newKernelSocket(net.Conn) *kernelSocket { return nil }

func (*kernelSocket) read() ([]byte, time.Duration, error) { return nil, 0, nil }

func (*kernelSocket) tryWrite([]byte) (int, error) { return 0, nil }
