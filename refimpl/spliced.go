package refimpl

import (
	"errors"
	"io"
	"sync"
	"time"
)

// spliced is a WebSocket's connection to its home, as a proxy passes it on. It has a
// small buffer for each direction, and lends a larger one where much comes at once: two
// buffers of io.Copy are most of what an idle socket would cost an edge.
//
// The proxy would end both directions as soon as one fails, and with them what is still
// on its way the other way: above all the Close frame that says why. So each direction
// ends in its own time, which is bounded once the other has ended.
type spliced struct {
	io.ReadWriteCloser
	buffers *bufferPool

	mu     sync.Mutex
	closed bool
	late   *time.Timer // closes it; nil until the client says no more
}

// spliceBytes is the small buffer. Most messages fit.
const spliceBytes = 512

// WriteTo passes on what comes from the home, and then the end. A client that is still
// sending is listened to for a while: to close with bytes unread would take back what
// it was told last.
func (s *spliced) WriteTo(client io.Writer) (int64, error) {
	n, err := pass(client, s.ReadWriteCloser, s.buffers)
	listened, ok := client.(interface{ SetReadDeadline(time.Time) error })
	if !ok || closeWrite(client) != nil { // it is gone, or cannot be told
		return n, err
	}
	return n, listened.SetReadDeadline(time.Now().Add(lingering))
}

// ReadFrom passes on what comes from the client. A home that takes no more may have
// said something before, so then it reads on for nobody.
func (s *spliced) ReadFrom(client io.Reader) (int64, error) {
	n, err := pass(s.ReadWriteCloser, client, s.buffers)
	if err != nil {
		_, err = io.Copy(io.Discard, client)
	}
	return n, err
}

// CloseWrite tells the home that the client says no more. The home may answer, for a while.
func (s *spliced) CloseWrite() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed && s.late == nil {
		s.late = time.AfterFunc(closePatience, func() { _ = s.Close() })
	}
	return closeWrite(s.ReadWriteCloser)
}

func (s *spliced) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if s.late != nil {
		s.late.Stop()
	}
	return s.ReadWriteCloser.Close()
}

// closeWrite ends one side of what can do so.
func closeWrite(side any) error {
	if half, ok := side.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
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
