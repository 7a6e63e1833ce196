package wan

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// kernelAlarm is a timer descriptor that the runtime's poller watches: a process
// asleep in the poller is woken within tens of microseconds.
type kernelAlarm struct {
	fd   int
	file *os.File
	spec unix.ItimerSpec // here, because it would be garbage per setting otherwise
}

func newPreciseAlarm() (alarm, error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("create timer descriptor: %w", err)
	}
	return &kernelAlarm{fd: fd, file: os.NewFile(uintptr(fd), "timerfd")}, nil
}

func (a *kernelAlarm) set(in time.Duration) {
	// Zero would disarm it.
	a.spec.Value = unix.NsecToTimespec(int64(max(1, in)))
	if err := unix.TimerfdSettime(a.fd, 0, &a.spec, nil); err != nil {
		panic(fmt.Sprintf("wan: set timer descriptor to %v: %v", in, err))
	}
}

func (a *kernelAlarm) wait() bool {
	var expirations [8]byte
	_, err := a.file.Read(expirations[:])
	return err == nil
}

func (a *kernelAlarm) stop() { _ = a.file.Close() } // nothing was written to it
