package launch

import (
	"fmt"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// child is a server process. One goroutine starts it and waits for it, locked to
// its thread all the while: Linux sends the signal that a parent's death causes
// when the *thread* that forked ends, and the runtime may end any thread that it
// is free to.
type child struct {
	cmd   *exec.Cmd
	ended chan struct{} // closed after the process was waited for
}

func startChild(cmd *exec.Cmd) (*child, error) {
	c := &child{cmd: cmd, ended: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(c.ended)
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ended is in its log
		}
	}()
	if err := <-started; err != nil {
		<-c.ended
		return nil, err
	}
	return c, nil
}

// stop sends the signals one after another, each with patience, until the
// process has ended.
func (c *child) stop(patience time.Duration, signals ...syscall.Signal) error {
	for i, signal := range signals {
		_ = c.cmd.Process.Signal(signal) // an error means that it ended already
		timer := time.NewTimer(patience)
		select {
		case <-c.ended:
			timer.Stop()
			if i > 0 {
				return fmt.Errorf("stop server: it heeded only signal %v", signal)
			}
			return nil
		case <-timer.C:
		}
	}
	return fmt.Errorf("stop server: process %d does not end", c.cmd.Process.Pid)
}
