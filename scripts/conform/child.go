package main

import (
	"bytes"
	"fmt"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// stopPatience is how long a child may take to end by itself.
const stopPatience = 20 * time.Second

// child is a server this program started, stopped by its own id and never by name.
type child struct {
	cmd  *exec.Cmd
	said *tail
	done chan struct{} // closed when the process has been waited for
}

// startChild starts a server in a process group of its own, so that Ctrl-C reaches it through stop alone.
func startChild(path string, args ...string) (*child, error) {
	c := &child{cmd: exec.Command(path, args...), said: &tail{}, done: make(chan struct{})}
	c.cmd.Stdout, c.cmd.Stderr = c.said, c.said
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.cmd.WaitDelay = time.Second // a grandchild may hold the output open
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", path, err)
	}
	go func() {
		defer close(c.done)
		_ = c.cmd.Wait() // how it ended is told by ProcessState; why, by what it said
	}()
	return c, nil
}

// stop asks the child to end, waits, and kills it if it does not.
func (c *child) stop() error {
	_ = c.cmd.Process.Signal(syscall.SIGTERM) // it may have ended by itself
	select {
	case <-c.done:
		return nil
	case <-time.After(stopPatience):
	}
	c.kill()
	return fmt.Errorf("stop %s: it still ran %s after it was asked to end, and was killed", c.cmd.Path, stopPatience)
}

// kill ends the child at once, as a crash would.
func (c *child) kill() {
	_ = c.cmd.Process.Kill() // it may have ended by itself
	<-c.done
}

// tail keeps the newest output of a child.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

const tailBytes = 64 << 10

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

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(bytes.TrimSpace(t.buf))
}
