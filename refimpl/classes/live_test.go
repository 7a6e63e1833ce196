package classes_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/durabench/durabench/refimpl/object"
)

// specimen is one object of a class, with as much of a runtime as these tests need.
type specimen struct {
	object.State // what these classes do not use
	class        object.Class
	instance     object.Object
	storage      *storage
	now          time.Time
	written      []string // keys, by the last turn
}

func live(class object.Class) *specimen {
	o := &specimen{class: class, now: time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)}
	o.storage = &storage{of: o, entries: map[string]object.Value{}}
	o.evict()
	return o
}

// evict makes a new instance of what is stored.
func (o *specimen) evict() {
	var err error
	if o.instance, err = o.class.New(o); err != nil {
		panic(err)
	}
}

func (o *specimen) Now() time.Time          { return o.now }
func (o *specimen) Storage() object.Storage { return o.storage }

// ask gives status and body of the answer.
func (o *specimen) ask(method, path, body string) string {
	o.written = nil
	reply, err := o.instance.Fetch(o, &object.Request{Method: method, Path: path, Body: []byte(body)})
	if err != nil {
		return "error: " + err.Error()
	}
	return fmt.Sprintf("%d %s", reply.Status, reply.Body)
}

// pass lets time pass, and the alarm run if its time comes.
func (o *specimen) pass(d time.Duration) {
	o.now = o.now.Add(d)
	if at, set := o.storage.alarmAt(); set && !at.After(o.now) {
		o.ring(true)
	}
}

// ring runs the alarm handler.
func (o *specimen) ring(due bool) {
	if due {
		o.storage.alarm = time.Time{}
	}
	if err := o.instance.(object.AlarmHandler).Alarm(o, object.AlarmInfo{Scheduled: o.now}); err != nil {
		panic(err)
	}
}

func (o *specimen) stored() []string {
	var keys []string
	for key := range o.storage.entries {
		keys = append(keys, key)
	}
	return keys
}

// storage is a map that forgets nothing but what it is told to.
type storage struct {
	object.Storage
	of      *specimen
	entries map[string]object.Value
	alarm   time.Time
}

func (s *storage) Get(key string) (object.Value, bool) {
	value, ok := s.entries[key]
	return value, ok
}

func (s *storage) Put(key string, value object.Value, _ ...object.WriteOption) error {
	s.entries[key] = value
	s.of.written = append(s.of.written, key)
	return nil
}

func (s *storage) PutMany(entries []object.Entry, _ ...object.WriteOption) error {
	for _, e := range entries {
		if err := s.Put(e.Key, e.Value); err != nil {
			return err
		}
	}
	return nil
}

func (s *storage) List(in object.Range) ([]object.Entry, error) {
	var found []object.Entry
	for key, value := range s.entries {
		if strings.HasPrefix(key, in.Prefix) {
			found = append(found, object.Entry{Key: key, Value: value})
		}
	}
	slices.SortFunc(found, func(a, b object.Entry) int { return strings.Compare(a.Key, b.Key) })
	return found, nil
}

func (s *storage) Delete(key string, _ ...object.WriteOption) bool {
	_, ok := s.entries[key]
	delete(s.entries, key)
	return ok
}

func (s *storage) DeleteAll() error {
	clear(s.entries)
	s.alarm = time.Time{}
	return nil
}

func (s *storage) Transaction(body func() error) error { return body() }

func (s *storage) SetAlarm(at time.Time, _ ...object.WriteOption) error {
	s.alarm = at
	return nil
}

func (s *storage) Alarm() (time.Time, bool) { return s.alarmAt() }

func (s *storage) alarmAt() (time.Time, bool) { return s.alarm, !s.alarm.IsZero() }
