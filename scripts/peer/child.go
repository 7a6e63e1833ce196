package main

import (
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// stopPatience is how long a child may take to end by itself: durabench also stops its Postgres.
const stopPatience = 20 * time.Second

// child is a server this program started, stopped by its own id and never by name.
type child struct {
	name string
	cmd  *exec.Cmd
	said *tail
	done chan struct{} // closed when the process has been waited for
}

// startChild starts a server in a process group of its own, so that Ctrl-C reaches it through stop
// alone: a second signal could make it skip its own clean-up.
func startChild(name, path string, args ...string) (*child, error) {
	c := &child{name: name, cmd: exec.Command(path, args...), said: &tail{}, done: make(chan struct{})}
	c.cmd.Stdout, c.cmd.Stderr = c.said, c.said
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.cmd.WaitDelay = time.Second // a grandchild may hold the output open
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() {
		defer close(c.done)
		_ = c.cmd.Wait() // how it ended is told by ProcessState; why, by what it said
	}()
	return c, nil
}

// pid is the process's id, which it keeps until stop has waited for it.
func (c *child) pid() int { return c.cmd.Process.Pid }

// died tells what a child that ended by itself said last.
func (c *child) died() error {
	return fmt.Errorf("%s ended by itself (%s), saying: %s", c.name, c.cmd.ProcessState, c.said.last())
}

// stop asks the child to end, waits, and kills it if it does not.
func (c *child) stop() error {
	select {
	case <-c.done:
		return nil
	default:
	}
	_ = c.cmd.Process.Signal(syscall.SIGTERM) // it may have ended just now
	select {
	case <-c.done:
		return nil
	case <-time.After(stopPatience):
	}
	_ = c.cmd.Process.Kill()
	<-c.done
	return fmt.Errorf("stop %s: it still ran %s after it was asked to end, and was killed", c.name, stopPatience)
}

// tail keeps the newest output of a child, bounded, for error messages and the conditions.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

const tailBytes = 16 << 10

// Write keeps the newest tailBytes.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, p...)
	if over := len(t.buf) - tailBytes; over > 0 {
		t.buf = append(t.buf[:0], t.buf[over:]...)
	}
	return len(p), nil
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
