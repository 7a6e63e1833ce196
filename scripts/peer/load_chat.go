package main

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// The chat measurement: members of one room, of whom the first few send.
const (
	members  = 50
	senders  = 4
	textSize = 32 // bytes of a message's text
)

// chatLoad says how to drive a room.
type chatLoad struct {
	Room       string
	Window     int // messages each sender keeps under way: it sends the next when it has seen one of its own
	Warm, Each time.Duration
	used       func() time.Duration // processor time of the system so far
}

// driveChat lets the members talk for Warm, then counts what all of them together receive for Each.
func driveChat(ctx context.Context, addr string, load chatLoad) (s sample, err error) {
	joined, err := join(ctx, addr, load.Room)
	var listening sync.WaitGroup
	quit := make(chan struct{})
	defer func() {
		close(quit)
		listening.Wait()
		for _, m := range joined {
			m.conn.Close()
		}
	}()
	if err != nil {
		return sample{}, err
	}
	broken := make(chan error, members)
	listening.Go(func() { broken <- listenAll(joined, load.Window, quit) })
	if err := wait(ctx, load.Warm, broken); err != nil {
		return sample{}, err
	}
	start, used := time.Now(), load.used()
	before, otherBefore := heard(joined)
	if err := wait(ctx, load.Each, broken); err != nil {
		return sample{}, err
	}
	after, otherAfter := heard(joined)
	return sample{Done: after - before, Errors: otherAfter - otherBefore, Elapsed: time.Since(start), Processor: load.used() - used}, nil
}

// wait lets time pass, unless the program is told to end or a member is cut off.
func wait(ctx context.Context, d time.Duration, broken <-chan error) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case err := <-broken:
		return fmt.Errorf("listen in the room: %w", err)
	case <-ctx.Done():
		return ctx.Err()
	}
}

func heard(room []*member) (messages, other int) {
	for _, m := range room {
		messages += int(m.heard.Load())
		other += int(m.other.Load())
	}
	return messages, other
}

// join connects every member; those that did connect are returned also with an error.
func join(ctx context.Context, addr, room string) ([]*member, error) {
	var joined []*member
	for i := range members {
		name := fmt.Sprintf("member-%d", i)
		m, err := connect(ctx, addr, room, name)
		if err != nil {
			return joined, fmt.Errorf("join room %s: %w", room, err)
		}
		if i < senders {
			m.speak(name)
		}
		joined = append(joined, m)
	}
	return joined, nil
}

// listenPlainly hears each member on a goroutine of its own, until the first connection breaks or quit.
func listenPlainly(room []*member, window int, quit <-chan struct{}) error {
	broken := make(chan error, len(room))
	for _, m := range room {
		go func() { broken <- m.listen(window) }()
	}
	running := len(room)
	var first error
	select {
	case <-quit:
	case first = <-broken:
		running--
	}
	for _, m := range room {
		m.conn.Close()
	}
	for range running {
		<-broken
	}
	return first
}
