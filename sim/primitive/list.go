package primitive

import (
	"slices"
	"strings"
	"time"
)

// page is the most that one list of KV or R2 returns. Scripts ask for the newest, so
// what is older than a page is never asked for again and is let go of.
const page = 1000

// list is a room's messages, each under a key of its own, in order of their keys.
type list struct{ entries []entry }

type entry struct {
	message        Message
	written, shown time.Duration // shown is when lists begin to have it
}

// insert keeps the order. Keys are made of time stamps, so the place is nearly always the end.
func (l *list) insert(m Message, written, shown time.Duration) {
	at := len(l.entries)
	for at > 0 && l.entries[at-1].message.ID > m.ID {
		at--
	}
	if at > 0 && l.entries[at-1].message.ID == m.ID { // the same key again: last write wins
		l.entries[at-1].message = m
		return
	}
	if len(l.entries) >= 2*page {
		dropped := len(l.entries) - page
		l.entries = slices.Clone(l.entries[dropped:])
		at = max(0, at-dropped)
	}
	l.entries = slices.Insert(l.entries, at, entry{message: m, written: written, shown: shown})
}

// latest returns the last count messages that are shown, in order. It is as
// stale as the oldest message before the call that it should have had.
func (l *list) latest(now, asked time.Duration, count int) Result {
	count = min(count, page)
	r := Result{Found: true}
	messages := make([]Message, 0, min(count, len(l.entries)))
	for n := len(l.entries) - 1; n >= 0 && len(messages) < count; n-- {
		if e := &l.entries[n]; e.shown <= now {
			messages = append(messages, e.message)
		} else {
			r.Stale = max(r.Stale, asked-e.written)
		}
	}
	slices.Reverse(messages)
	r.Value.Messages = messages
	return r
}

// find returns the messages of the IDs, which are in order.
func (l *list) find(ids []string) []Message {
	messages := make([]Message, 0, len(ids))
	for _, id := range ids {
		at, ok := slices.BinarySearchFunc(l.entries, id, func(e entry, id string) int { return strings.Compare(e.message.ID, id) })
		if ok {
			messages = append(messages, l.entries[at].message)
		}
	}
	return messages
}
