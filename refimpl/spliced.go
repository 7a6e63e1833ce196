package refimpl

import (
	"errors"
	"io"
)

// spliced is a WebSocket's connection to its home, as a proxy passes it on. It has a
// small buffer for each direction, and lends a larger one where much comes at once: two
// buffers of io.Copy are most of what an idle socket would cost an edge.
type spliced struct {
	io.ReadWriteCloser
	buffers *bufferPool
}

// spliceBytes is the small buffer. Most messages fit.
const spliceBytes = 512

// WriteTo passes on what comes from the home.
func (s *spliced) WriteTo(client io.Writer) (int64, error) {
	return pass(client, s.ReadWriteCloser, s.buffers)
}

// ReadFrom passes on what comes from the client.
func (s *spliced) ReadFrom(client io.Reader) (int64, error) {
	return pass(s.ReadWriteCloser, client, s.buffers)
}

// pass copies until from ends or one of the two fails.
func pass(to io.Writer, from io.Reader, buffers *bufferPool) (passed int64, err error) {
	small := make([]byte, spliceBytes)
	for full := false; ; {
		buffer := small
		var lent *[]byte
		if full { // most likely there is more
			lent = buffers.Get()
			buffer = *lent
		}
		n, failed := from.Read(buffer)
		full = n == len(buffer)
		var written int
		if n > 0 {
			written, err = to.Write(buffer[:n])
		}
		if lent != nil {
			buffers.Put(lent)
		}
		passed += int64(written)
		switch {
		case err != nil:
			return passed, err
		case errors.Is(failed, io.EOF):
			return passed, nil
		case failed != nil:
			return passed, failed
		}
	}
}
