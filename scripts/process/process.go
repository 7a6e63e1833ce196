// Package process starts servers for programs that look at them from the outside, and
// stops each by its own id. It also knows where Cloudflare's workerd is found, and how
// durabench is built.
package process

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// stopPatience is how long a process may take to end by itself: durabench also stops its Postgres.
const stopPatience = 20 * time.Second

// Process is a server that this program started.
type Process struct {
	name string
	cmd  *exec.Cmd
	said *tail
	done chan struct{} // closed when the process has been waited for
}

// Start starts a server in a process group of its own, so that Ctrl-C reaches it through Stop
// alone: a second signal could make it skip its own clean-up. Name is what errors call it.
func Start(name, path string, args ...string) (*Process, error) {
	p := &Process{name: name, cmd: exec.Command(path, args...), said: &tail{}, done: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = p.said, p.said
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p.cmd.WaitDelay = time.Second // a grandchild may hold the output open
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() {
		defer close(p.done)
		_ = p.cmd.Wait() // how it ended is told by ProcessState; why, by what it said
	}()
	return p, nil
}

// PID is the process's id, which it keeps until Stop has waited for it.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Lines are what it said, as far as that is kept.
func (p *Process) Lines() []string { return p.said.lines() }

// died tells what a process that ended by itself said last.
func (p *Process) died() error {
	return fmt.Errorf("%s ended by itself (%s), saying: %s", p.name, p.cmd.ProcessState, p.said.last())
}

// Ready returns when the server answers. Patience is how long that may take.
func (p *Process) Ready(ctx context.Context, patience time.Duration, answers func(context.Context) bool) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for !answers(ctx) {
		select {
		case <-p.done:
			return p.died()
		case <-ctx.Done():
			return fmt.Errorf("wait for %s to answer: %w; it said: %s", p.name, ctx.Err(), p.said.last())
		case <-again.C:
		}
	}
	return nil
}

// Stop asks the process to end, waits, and kills it if it does not.
func (p *Process) Stop() error {
	select {
	case <-p.done:
		return nil
	default:
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended just now
	select {
	case <-p.done:
		return nil
	case <-time.After(stopPatience):
	}
	p.Kill()
	return fmt.Errorf("stop %s: it still ran %s after it was asked to end, and was killed", p.name, stopPatience)
}

// Kill ends the process at once, as a crash would.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill() // it may have ended by itself
	<-p.done
}

// tail keeps the newest output of a process, for error messages and the conditions.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

const tailBytes = 16 << 10

// Write keeps the newest tailBytes.
func (t *tail) Write(data []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, data...)
	if over := len(t.buf) - tailBytes; over > 0 {
		t.buf = append(t.buf[:0], t.buf[over:]...)
	}
	return len(data), nil
}

func (t *tail) lines() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.Split(strings.TrimSpace(string(t.buf)), "\n")
}

// last is the end of the output on one line.
func (t *tail) last() string {
	lines := t.lines()
	said := strings.Join(lines[max(0, len(lines)-3):], " | ")
	if said == "" {
		return "nothing"
	}
	return said
}
