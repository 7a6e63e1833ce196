package plant

import (
	"errors"
	"time"

	"github.com/durabench/durabench/refimpl/object"
)

func sessionBugs() []Bug {
	return []Bug{
		{
			Name: "unset-alarm", Class: "session", Law: "expires in time", state: through(unset),
			What: "the alarm that ends the session is never set",
		},
		{
			Name: "fixed-ttl", Class: "session", Law: "lives for its TTL", state: through(fixed),
			What: "an access does not extend the session: its TTL counts from its creation",
		},
		{
			Name: "unmoved-alarm", Class: "session", Law: "lives for its TTL", state: through(unmoved),
			What: "an access leaves an alarm that is more than a quarter of the TTL away for its handler to move, which deletes what was extended",
		},
		{
			Name: "early-expiry", Class: "session", Law: "lives for its TTL", state: through(early),
			What: "the alarm is set to half of the TTL",
		},
		{
			Name: "resurrected-session", Class: "session", Law: "invalidate is final", fetch: resurrect,
			What: "an access after an invalidation finds the session in a cache and stores it again",
		},
		{
			Name: "stale-session", Class: "session", Law: "reads its writes", state: staleSessions,
			What: "every 10th access finds the data of the creation before the last",
		},
	}
}

// setter decides what becomes of an alarm that is to be set.
type setter func(s object.State, at time.Time) (time.Time, bool)

// through puts a setter between a class and its alarm.
func through(set setter) func(*memory, object.State) object.State {
	return func(_ *memory, s object.State) object.State {
		return withStorage{s, alarmStorage{Storage: s.Storage(), state: s, set: set}}
	}
}

type alarmStorage struct {
	object.Storage
	state object.State
	set   setter
}

func (a alarmStorage) SetAlarm(at time.Time, options ...object.WriteOption) error {
	at, sets := a.set(a.state, at)
	if !sets {
		return nil
	}
	return a.Storage.SetAlarm(at, options...)
}

func unset(object.State, time.Time) (time.Time, bool) { return time.Time{}, false }

func fixed(s object.State, at time.Time) (time.Time, bool) {
	_, is := s.Storage().Alarm()
	return at, !is
}

func unmoved(s object.State, at time.Time) (time.Time, bool) {
	was, is := s.Storage().Alarm()
	return at, !is || was.Sub(s.Now()) < at.Sub(s.Now())/4
}

func early(s object.State, at time.Time) (time.Time, bool) {
	return s.Now().Add(at.Sub(s.Now()) / 2), true
}

const sessionKey = "session"

// resurrect keeps a copy of what is invalidated.
func resurrect(p planted, s object.State, r *object.Request) (*object.Response, error) {
	storage := s.Storage()
	value, found := storage.Get(sessionKey)
	switch old, known := p.memory.last[sessionKey]; {
	case r.Path == "/invalidate" && found:
		p.memory.last[sessionKey] = value
	case r.Path == "/get" && !found && known:
		delete(p.memory.last, sessionKey)
		if err := errors.Join(storage.Put(sessionKey, old), storage.SetAlarm(s.Now().Add(time.Minute))); err != nil {
			return nil, err
		}
	}
	return p.inner.Fetch(s, r)
}

func staleSessions(m *memory, s object.State) object.State {
	return withStorage{s, stale{Storage: s.Storage(), memory: m, often: 10}}
}
