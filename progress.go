package main

import (
	"fmt"
	"io"
	"math"
	"os"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/durabench/durabench/loadgen"
)

// progress tells whoever waits what is going on: one line that is redrawn on a
// terminal, a line now and then elsewhere.
type progress struct {
	out      io.Writer
	terminal bool
	title    string
	every    time.Duration

	mu       sync.Mutex
	phase    string
	recorder *loadgen.Recorder
	began    time.Time
	lasts    time.Duration

	stopped chan struct{}
	done    sync.WaitGroup
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// columnsOf is how wide a terminal is; 0 if it is none, or does not say.
func columnsOf(f *os.File) int {
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return width
}

// width is the columns of what is written; a file has as many as are wanted.
func (c console) width() int {
	if c.columns == 0 {
		return math.MaxInt
	}
	return c.columns
}

func (c console) newProgress(title string) *progress {
	p := &progress{out: c.stderr, terminal: c.terminal, title: title, every: 5 * time.Second, stopped: make(chan struct{})}
	if p.terminal {
		p.every = 200 * time.Millisecond
	}
	p.done.Go(p.loop)
	return p
}

func (b *bench) startProgress(e *experiment) *progress {
	p := b.newProgress(fmt.Sprintf("[%d/%d] %s", b.done+1, b.total, e.name()))
	p.say("starting the world")
	return p
}

// say names what is being done.
func (p *progress) say(phase string) {
	p.mu.Lock()
	p.phase, p.recorder = phase, nil
	p.mu.Unlock()
	p.draw()
}

// count shows how far a load is.
func (p *progress) count(recorder *loadgen.Recorder, lasts time.Duration) {
	p.mu.Lock()
	p.recorder, p.began, p.lasts = recorder, time.Now(), lasts
	p.mu.Unlock()
	p.draw()
}

func (p *progress) loop() {
	tick := time.NewTicker(p.every)
	defer tick.Stop()
	for {
		select {
		case <-p.stopped:
			return
		case <-tick.C:
			p.draw()
		}
	}
}

func (p *progress) draw() {
	p.mu.Lock()
	defer p.mu.Unlock()
	line := p.title + "  " + p.phase
	if p.recorder != nil {
		t := p.recorder.Tally()
		at := min(time.Since(p.began), p.lasts).Round(time.Second)
		line = fmt.Sprintf("%s  %v of %v  %d ok, %d failed, %d unknown", p.title, at, p.lasts, t.OK, t.Failed, t.Unknown)
	}
	if p.terminal {
		fmt.Fprintf(p.out, "\r\x1b[K%.100s", line)
	} else {
		fmt.Fprintln(p.out, line)
	}
}

// stop takes the line away.
func (p *progress) stop() {
	close(p.stopped)
	p.done.Wait()
	if p.terminal {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
}
