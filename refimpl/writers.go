package refimpl

import (
	"net"
	"runtime"
	"sync"
	"time"
)

// writers write what waits on wires: a few goroutines, each with a line of
// wires of its own, and each running only while its line is not empty. A write
// that would have to wait goes on by itself, so that one slow reader delays
// nobody else.
type writers struct {
	lines   []writer
	running sync.WaitGroup
}

// writer is one of them. Its line is bounded by the number of wires: none is in it twice.
type writer struct {
	mu      sync.Mutex
	wires   []*wire
	spare   []*wire
	active  bool
	scratch []byte // small frames that leave together
}

const (
	scratchBytes = 16 << 10         // gathered into one write; what is more is written as it is
	writePatient = 10 * time.Second // for one write to a reader that does not read
)

// newWriters leaves half of the processors to whoever has something to say: with as
// many writers as processors, frames gather less and cost more.
func newWriters() *writers { return &writers{lines: make([]writer, max(1, runtime.GOMAXPROCS(0)/2))} }

// add puts a wire in line. A wire always has the same writer.
func (p *writers) add(w *wire) {
	line := &p.lines[int(w.socket.ID)%len(p.lines)]
	line.mu.Lock()
	defer line.mu.Unlock()
	line.wires = append(line.wires, w)
	if !line.active {
		line.active = true
		p.running.Go(func() { p.run(line) })
	}
}

func (p *writers) run(line *writer) {
	for {
		wires := line.take()
		if wires == nil {
			return
		}
		for _, w := range wires {
			p.flush(line, w)
		}
	}
}

// take swaps the line for an empty one whose memory it reuses.
func (l *writer) take() []*wire {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.wires) == 0 {
		l.active = false
		return nil
	}
	clear(l.spare)
	l.wires, l.spare = l.spare[:0], l.wires
	return l.spare
}

// flush writes what waits on a wire, as far as its reader takes it at once.
func (p *writers) flush(line *writer, w *wire) {
	frames := w.take()
	if frames == nil {
		return
	}
	rest, err := line.write(w, *frames)
	switch {
	case err != nil:
		w.fail()
	case rest != nil:
		p.running.Go(func() { w.drain(frames, rest) })
	case w.wrote(frames):
		line.mu.Lock()
		line.wires = append(line.wires, w) // behind the others
		line.mu.Unlock()
	}
}

// write writes without waiting. What is left over is the caller's.
func (l *writer) write(w *wire, frames [][]byte) (net.Buffers, error) {
	if len(frames) == 1 {
		n, err := writeSome(w.raw, frames[0])
		return remainder(frames, n), err
	}
	l.scratch = l.scratch[:0]
	for _, f := range frames {
		if len(l.scratch)+len(f) > scratchBytes {
			break
		}
		l.scratch = append(l.scratch, f...)
	}
	n, err := writeSome(w.raw, l.scratch)
	return remainder(frames, n), err
}

// remainder is what is left of frames after n bytes; nil if nothing is.
func remainder(frames [][]byte, n int) net.Buffers {
	for i, f := range frames {
		if n < len(f) {
			rest := append(net.Buffers{}, frames[i:]...)
			rest[0] = f[n:]
			return rest
		}
		n -= len(f)
	}
	return nil
}

// drain writes to a reader that takes its time, until nothing waits.
func (w *wire) drain(frames *[][]byte, rest net.Buffers) {
	for {
		for len(rest) > 0 {
			_ = w.conn.SetWriteDeadline(time.Now().Add(writePatient))
			next := rest[0]
			if _, err := w.conn.Write(next); err != nil {
				w.fail()
				return
			}
			rest = rest[1:]
		}
		if !w.wrote(frames) {
			return
		}
		if frames = w.take(); frames == nil {
			return
		}
		rest = append(rest[:0], *frames...)
	}
}
