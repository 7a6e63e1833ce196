package main

import (
	"errors"
	"fmt"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// pace is how long members wait from the first sign of a message until they read: to be woken
// for each alone would cost this machine more than the systems that it measures.
const pace = 200 * time.Microsecond

// listenAll hears all members on one goroutine, with one system call for what many of them have
// heard: with one goroutine each, to wake them costs as much as what they do.
func listenAll(room []*member, window int, quit <-chan struct{}) (err error) {
	poll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return listenPlainly(room, window, quit)
	}
	defer unix.Close(poll)
	files := make([]int, len(room))
	for i, m := range room {
		if files[i], err = watch(poll, i, m); err != nil {
			return err
		}
		if err := errors.Join(m.begin(window), m.feed(nil)); err != nil {
			return err
		}
	}
	buf := make([]byte, readBytes)
	ready := make([]unix.EpollEvent, len(room))
	for {
		select {
		case <-quit:
			return nil
		default:
		}
		n, err := unix.EpollWait(poll, ready, 100) // and then looks whether it must quit
		if err != nil && err != unix.EINTR {
			return fmt.Errorf("wait for members: %w", err)
		}
		time.Sleep(pace) // what comes meanwhile costs no more system calls
		for _, event := range ready[:max(n, 0)] {
			if err := room[event.Fd].hear(files[event.Fd], buf); err != nil {
				return err
			}
		}
	}
}

// watch has the kernel tell when the member of that place has something to read.
func watch(poll, place int, m *member) (file int, err error) {
	raw, err := m.conn.(syscall.Conn).SyscallConn()
	if err != nil {
		return 0, err
	}
	err = errors.Join(raw.Control(func(fd uintptr) {
		file = int(fd)
		err = unix.EpollCtl(poll, unix.EPOLL_CTL_ADD, file, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(place)})
	}), err)
	return file, err
}

// hear reads once: what is left is told again.
func (m *member) hear(file int, buf []byte) error {
	n, err := unix.Read(file, buf)
	switch {
	case err == unix.EAGAIN || err == unix.EINTR:
		return nil
	case err != nil:
		return err
	case n == 0:
		return errors.New("the server ended the connection")
	}
	return m.feed(buf[:n])
}
