// Package plant holds bugs to put into classes on purpose. A law that never
// convicted anyone is no law: every checker must be seen to catch the bug that
// breaks its law, on a running system.
//
// A bug is a wrapper around what a class sees of its runtime; the class itself,
// the runtime and the checkers stay as they are.
package plant

import (
	"slices"
	"strings"
	"time"

	"github.com/durabench/durabench/refimpl/object"
)

// Bug is a fault that can be planted in one class.
type Bug struct {
	Name  string
	Class string
	Law   string // a part of the name of the law that it breaks
	What  string // it does, in a sentence
	// A bug changes what the class sees of its runtime, or stands before one of its
	// handlers, or is another class in its place.
	state func(*memory, object.State) object.State
	fetch func(planted, object.State, *object.Request) (*object.Response, error)
	hear  func(planted, object.State, object.Socket, object.Message) error
	class func() object.Class
}

// Bugs are all there are.
func Bugs() []Bug {
	all := []Bug{
		{Name: "lost-update", Class: "counter", Law: "linearizable", What: "every 40th write is forgotten", state: forgetWrites},
		{Name: "stale-read", Class: "counter", Law: "linearizable", What: "every 20th read sees what was there a write ago", state: staleReads},
		{Name: "lost-message", Class: "chat", Law: "reach", What: "every 50th message does not reach one member", state: loseMessages},
		{Name: "repeated-message", Class: "chat", Law: "duplicate", What: "every 50th message reaches one member twice", state: repeatMessages},
		{Name: "reordered-message", Class: "chat", Law: "order", What: "every 50th message to a member changes places with the next", state: reorderMessages},
		{Name: "fast-clock", Class: "limiter", Law: "never above", What: "the object's clock runs at five times the speed, so its bucket fills too fast", state: fastClock},
		{Name: "slow-clock", Class: "limiter", Law: "only when empty", What: "the object's clock runs at a fifth of the speed, so its bucket fills too slowly", state: slowClock},
	}
	return slices.Concat(all, accountBugs(), sessionBugs(), documentBugs())
}

// Find gives the bug of a name.
func Find(name string) (Bug, bool) {
	for _, b := range Bugs() {
		if b.Name == name {
			return b, true
		}
	}
	return Bug{}, false
}

// Names lists the names of all bugs.
func Names() []string {
	var names []string
	for _, b := range Bugs() {
		names = append(names, b.Name)
	}
	return names
}

// In returns the classes, with the bug in the one that it is for.
func (b Bug) In(classes []object.Class) []object.Class {
	planted := slices.Clone(classes)
	for i := range planted {
		switch {
		case planted[i].Name != b.Class:
		case b.class != nil:
			planted[i] = b.class()
		default:
			planted[i].New = b.wrap(planted[i].New)
		}
	}
	return planted
}

func (b Bug) wrap(construct func(object.State) (object.Object, error)) func(object.State) (object.Object, error) {
	return func(s object.State) (object.Object, error) {
		m := &memory{construct: construct, last: make(map[string]object.Value), held: make(map[object.Socket]object.Message)}
		inner, err := construct(b.seen(m, s))
		return planted{inner: inner, bug: b, memory: m}, err
	}
}

// seen is what the class sees of its runtime.
func (b Bug) seen(m *memory, s object.State) object.State {
	if b.state == nil {
		return s
	}
	return b.state(m, s)
}

// memory is what a planted bug remembers of one activation.
type memory struct {
	count int
	began time.Time               // the first instant seen
	last  map[string]object.Value // what keys held before they were last written
	held  map[object.Socket]object.Message

	acting bool             // in the transaction that runs
	reads  int              // of that transaction
	reply  *object.Response // an old one

	construct func(object.State) (object.Object, error)
	woken     object.Object // in place of the first instance
}

// every counts, and is true each n-th time.
func (m *memory) every(n int) bool {
	m.count++
	return m.count%n == 0
}

// planted is an instance with a bug between it and its state.
type planted struct {
	inner  object.Object
	bug    Bug
	memory *memory
}

func (p planted) Fetch(s object.State, r *object.Request) (*object.Response, error) {
	s = p.bug.seen(p.memory, s)
	if p.bug.fetch != nil {
		return p.bug.fetch(p, s, r)
	}
	return p.instance().Fetch(s, r)
}

func (p planted) WebSocketMessage(s object.State, from object.Socket, m object.Message) error {
	s = p.bug.seen(p.memory, s)
	if p.bug.hear != nil {
		return p.bug.hear(p, s, from, m)
	}
	return p.pass(s, from, m)
}

// pass gives a message to the instance.
func (p planted) pass(s object.State, from object.Socket, m object.Message) error {
	if h, ok := p.instance().(object.MessageHandler); ok {
		return h.WebSocketMessage(s, from, m)
	}
	return nil
}

// instance is the one that was constructed last.
func (p planted) instance() object.Object {
	if p.memory.woken != nil {
		return p.memory.woken
	}
	return p.inner
}

func (p planted) WebSocketClose(s object.State, left object.Socket, c object.Closing) error {
	if h, ok := p.instance().(object.CloseHandler); ok {
		return h.WebSocketClose(p.bug.seen(p.memory, s), left, c)
	}
	return nil
}

func (p planted) Alarm(s object.State, info object.AlarmInfo) error {
	if h, ok := p.instance().(object.AlarmHandler); ok {
		return h.Alarm(p.bug.seen(p.memory, s), info)
	}
	return nil
}

// isChat says whether a message is what a member said or wrote, not a notice.
func isChat(m object.Message) bool {
	return strings.HasPrefix(string(m.Data), `{"type":"message"`) || strings.HasPrefix(string(m.Data), `{"type":"edits"`)
}
