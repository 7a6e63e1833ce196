package loadgen

import (
	"errors"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

// attendance is what a member of a room knows of itself, so as to come back.
type attendance struct {
	recall Recall
	under  map[string]*saying // sent and not echoed; guarded by the room's lock
	back   bool               // it has joined again, and was told nothing yet
	away   atomic.Bool        // its connection was lost, and it tries again
}

// comesBack says that whoever ended a connection did not mean that the member should
// stay away: the object moves, or its node stops (1012, 1001), or nobody said why.
func comesBack(err error) bool {
	var closed *websocket.CloseError
	if !errors.As(err, &closed) {
		return true
	}
	switch closed.Code {
	case websocket.CloseServiceRestart, websocket.CloseGoingAway, websocket.CloseTryAgainLater, websocket.CloseAbnormalClosure:
		return true
	}
	return false
}

// rejoin tries to connect again, with pauses, until it can, and says whether it could.
func (m *member) rejoin() bool {
	random := Random(m.talk.Seed, ^uint64(m.Client))
	var pauses Backoff
	for {
		pause, again := pauses.Next(random)
		if !again {
			return false
		}
		timer := time.NewTimer(pause)
		select {
		case <-m.stays.Done():
			timer.Stop()
			return false
		case <-timer.C:
		}
		if m.connect(m.stays, m.path()) == nil {
			m.away.Store(false)
			m.talk.lost.Add(-1)
			if at := m.line.Load(); m.stays.Err() != nil && at.over.CompareAndSwap(false, true) {
				m.gone(at, m.stays.Err()) // it came while the others left
				return false
			}
			return true
		}
	}
}

// path is where the member joins again.
func (m *member) path() string {
	if m.desk == nil {
		m.back = true
		return m.Path
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.author.JoinPath(m.Path)
}

// resume takes what the room gives to who joins: to a new member it is the past, and
// one that has come back receives what it missed.
func (m *member) resume(at time.Duration, given []Text) {
	if !m.back {
		for _, t := range given {
			m.heard(t.Text)
		}
		return
	}
	m.back = false
	both, missed := m.recall.Resume(given)
	o := m.observation(Operation{})
	o.Resumed(at, both, len(given))
	m.talk.Record(o)
	for _, t := range missed {
		m.deliver(at, frame{id: []byte(t.ID), text: []byte(t.Text)})
	}
}

// heard remembers a text of a room.
func (m *member) heard(text string) {
	if m.desk == nil {
		m.recall.Heard(text)
	}
}

// abandon settles what nobody will answer now that the connection is lost. A text may
// have been taken in all the same. An author's edits stay under way: they are sent again.
func (m *member) abandon(at time.Duration) {
	var lost []string
	if m.desk != nil {
		m.mu.Lock()
		lost = m.author.Leave()
		m.mu.Unlock()
	}
	m.room.mu.Lock()
	var over []Observation
	if m.desk == nil {
		for text := range m.under {
			lost = append(lost, text)
		}
	}
	for _, text := range lost {
		t := m.under[text]
		if t == nil || t.echoed {
			continue
		}
		delete(m.under, text)
		t.echoed = true
		if t.send.Operation.Kind == Send {
			t.lost = true
			m.room.sent.Add(^uint64(0)) // perhaps nobody will receive it
		}
		t.send.Unanswered(at)
		over = append(over, t.send)
	}
	m.room.mu.Unlock()
	for _, o := range over {
		m.talk.Record(o)
	}
}

// Unanswered is the end of an operation whose connection was lost.
func (o *Observation) Unanswered(at time.Duration) {
	o.Done, o.Outcome, o.Reply.Error = at, Unknown, "the connection was lost before its echo came"
	if o.Operation.Kind == Look {
		o.Outcome = Failed
	}
}
