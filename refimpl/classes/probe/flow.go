package probe

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/durabench/durabench/refimpl/object"
)

// step is how often a waiting program looks, and patience how long it waits
// unless it is told otherwise.
const (
	step     = 5 * time.Millisecond
	patience = 5 * time.Second
)

// flowOperations order programs among each other, by what an instance remembers.
func flowOperations() map[string]operation {
	return map[string]operation{
		"sleep": func(_ *probe, t *turn, a arguments) (any, error) {
			var ms int64
			if err := a.read(&ms); err != nil {
				return nil, err
			}
			t.state.Sleep(time.Duration(ms) * time.Millisecond)
			return nil, nil
		},
		"set":    set,
		"add":    add,
		"memory": remembered,
		"until":  until,
		"say": func(p *probe, _ *turn, a arguments) (any, error) {
			var text string
			err := a.read(&text)
			p.said = append(p.said, text)
			return nil, err
		},
		"said":      func(p *probe, _ *turn, _ arguments) (any, error) { return p.saying(), nil },
		"untilSaid": untilSaid,
		"respond":   respond,
	}
}

func set(p *probe, _ *turn, a arguments) (any, error) {
	var key string
	var value json.RawMessage
	if err := a.read(&key, &value); err != nil {
		return nil, err
	}
	p.memory[key] = value
	return nil, nil
}

func add(p *probe, _ *turn, a arguments) (any, error) {
	var key string
	if err := a.read(&key); err != nil {
		return nil, err
	}
	n := 0
	if held, ok := p.memory[key]; ok {
		if err := json.Unmarshal(held, &n); err != nil {
			return nil, err
		}
	}
	sum, err := json.Marshal(n + 1)
	p.memory[key] = sum
	return n + 1, err
}

func remembered(p *probe, _ *turn, a arguments) (any, error) {
	var key string
	if err := a.read(&key); err != nil {
		return nil, err
	}
	if value, ok := p.memory[key]; ok {
		return value, nil
	}
	return none, nil
}

// waitFor suspends the turn until done says yes, or for so long.
func waitFor(s object.State, limit time.Duration, done func() bool) bool {
	for range limit / step {
		if done() {
			return true
		}
		s.Sleep(step)
	}
	return done()
}

func until(p *probe, t *turn, a arguments) (any, error) {
	var key string
	ms := patience.Milliseconds()
	if err := a.read(&key, &ms); err != nil {
		return nil, err
	}
	if !waitFor(t.state, time.Duration(ms)*time.Millisecond, func() bool { return p.memory[key] != nil }) {
		return "timeout", nil
	}
	return p.memory[key], nil
}

func untilSaid(p *probe, t *turn, a arguments) (any, error) {
	var n int
	if err := a.read(&n); err != nil {
		return nil, err
	}
	if !waitFor(t.state, patience, func() bool { return len(p.said) >= n }) {
		return "timeout", nil
	}
	return p.saying(), nil
}

func (p *probe) saying() []string { return append([]string{}, p.said...) }

func respond(_ *probe, t *turn, a arguments) (any, error) {
	r := &object.Response{Status: http.StatusOK, Header: http.Header{}}
	var headers map[string]string
	var body string
	if err := a.read(&r.Status, &headers, &body); err != nil {
		return nil, err
	}
	for name, value := range headers {
		if strings.EqualFold(name, "Content-Type") {
			r.ContentType = value
			continue
		}
		r.Header.Set(name, value)
	}
	r.Body = []byte(body)
	t.response = r
	return nil, nil
}

// failureOperations fail, or contain what fails.
func failureOperations() map[string]operation {
	return map[string]operation{
		"block": func(p *probe, t *turn, a arguments) (any, error) { return p.inSection(t, a, t.state.BlockConcurrency) },
		"nest": func(_ *probe, t *turn, a arguments) (any, error) {
			var depth int
			if err := a.read(&depth); err != nil {
				return nil, err
			}
			return nest(t.state, depth), nil
		},
		"throw": func(_ *probe, _ *turn, a arguments) (any, error) {
			var message string
			if err := a.read(&message); err != nil {
				return nil, err
			}
			return nil, thrown(message)
		},
		"throwWhile": throwWhile,
		"abort":      abort,
		"onConstruct": func(_ *probe, t *turn, a arguments) (any, error) {
			var program json.RawMessage
			if err := a.read(&program); err != nil {
				return nil, err
			}
			return nil, save(t.state.Storage(), constructKey, program)
		},
		"waitUntil": func(p *probe, t *turn, a arguments) (any, error) {
			var program json.RawMessage
			if err := a.read(&program); err != nil {
				return nil, err
			}
			later := &turn{state: t.state, socket: t.socket}
			t.state.WaitUntil(func() error {
				_, err := p.run(later, program)
				return err
			})
			return nil, nil
		},
		"call": func(p *probe, t *turn, a arguments) (any, error) { return p.call(t, a) },
	}
}

// nest opens sections in each other and says how many there were at most.
func nest(s object.State, depth int) int {
	if depth == 0 {
		return 0
	}
	inner := 0
	err := s.BlockConcurrency(func() error {
		inner = 1 + nest(s, depth-1)
		return nil
	})
	if err != nil { // too deep: caught here, or the section around it would fail too
		return 0
	}
	return inner
}

func abort(_ *probe, t *turn, a arguments) (any, error) {
	var message string
	o := struct {
		RetryAlarm bool `json:"retryAlarm"`
	}{RetryAlarm: true}
	if err := a.read(&message, &o); err != nil {
		return nil, err
	}
	policy := object.RetryAlarm
	if !o.RetryAlarm {
		policy = object.DropAlarm
	}
	t.state.Abort(errors.New(message), policy)
	return nil, nil
}

// throwWhile throws as long as another probe has a key.
func throwWhile(p *probe, t *turn, a arguments) (any, error) {
	var name, key string
	if err := a.read(&name, &key); err != nil {
		return nil, err
	}
	question, err := json.Marshal([][]string{{"get", key}})
	if err != nil {
		return nil, err
	}
	answer, err := p.stub(t, name, "").Call(&object.Request{Method: http.MethodPost, Path: "/run", Body: question})
	if err != nil || !strings.Contains(string(answer.Body), string(none)) {
		return nil, thrown(key)
	}
	return nil, nil
}

// call runs a program on another probe, over a stub that is kept if it has a label.
func (p *probe) call(t *turn, a arguments) (any, error) {
	var name, label string
	var program json.RawMessage
	if err := a.read(&name, &program, &label); err != nil {
		return nil, err
	}
	answer, err := p.stub(t, name, label).Call(&object.Request{Method: http.MethodPost, Path: "/run", Body: program})
	var failed *object.CallError
	switch {
	case errors.As(err, &failed):
		return map[string]any{"failed": map[string]bool{
			"remote": failed.Remote, "retryable": failed.Retryable, "overloaded": failed.Overloaded, "reset": failed.Reset,
		}}, nil
	case err != nil:
		return nil, err
	case answer.Status >= http.StatusBadRequest:
		return map[string]int{"status": answer.Status}, nil
	}
	return json.RawMessage(answer.Body), nil
}

func (p *probe) stub(t *turn, name, label string) object.Stub {
	if s, ok := p.stubs[label]; ok {
		return s
	}
	space, _ := t.state.Namespace(Name)
	s := t.state.Stub(space.Named(p.sibling(t, name)), "")
	if label != "" {
		p.stubs[label] = s
	}
	return s
}

// sibling is the full name of a probe of the same scenario: what is before the last dot is the scenario's.
func (p *probe) sibling(t *turn, name string) string {
	own := t.state.Identity().Name
	return own[:strings.LastIndexByte(own, '.')+1] + name
}
