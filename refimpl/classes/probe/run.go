package probe

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/durabench/durabench/refimpl/object"
)

// operation does one thing; its result must be something that encoding/json can write.
type operation func(*probe, *turn, arguments) (any, error)

// thrown is the error that a program asked for, as against one of the runtime.
type thrown string

func (t thrown) Error() string { return string(t) }

// Results that are not values.
var (
	none    = json.RawMessage(`{"none":true}`)
	refused = json.RawMessage(`{"error":"refused"}`)
)

// run does the program's operations in turn. Its error is one that leaves the
// program: what was thrown, a rollback, or a program that cannot be read.
func (p *probe) run(t *turn, program []byte) ([]any, error) {
	var steps []arguments
	if err := json.Unmarshal(program, &steps); err != nil {
		return nil, fmt.Errorf("read program: %w", err)
	}
	results := make([]any, 0, len(steps))
	for _, step := range steps {
		var name string
		if err := step.read(&name); err != nil {
			return nil, err
		}
		do, ok := p.operations[name]
		if !ok {
			return nil, fmt.Errorf("no operation %q", name)
		}
		result, err := do(p, t, step[1:])
		var deliberate thrown
		switch {
		case errors.As(err, &deliberate) || errors.Is(err, object.ErrRollback):
			return nil, err
		case err != nil:
			result = refused
		}
		results = append(results, result)
	}
	return results, nil
}

// encodeResults writes JSON as browsers do: <, > and & stay as they are.
func encodeResults(results []any) []byte {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(map[string]any{"results": results}); err != nil {
		return []byte(`{"results":"not JSON"}`)
	}
	return bytes.TrimRight(out.Bytes(), "\n")
}

// arguments are those of one operation.
type arguments []json.RawMessage

// read decodes the arguments into the places given; what is not there leaves its place alone.
func (a arguments) read(into ...any) error {
	for i, place := range into {
		if i == len(a) {
			return nil
		}
		if err := json.Unmarshal(a[i], place); err != nil {
			return fmt.Errorf("read argument %d: %w", i+1, err)
		}
	}
	return nil
}

// inSection runs a program inside a section, and tells how the section ended.
func (p *probe) inSection(t *turn, a arguments, section func(func() error) error) (any, error) {
	var program json.RawMessage
	if err := a.read(&program); err != nil {
		return nil, err
	}
	var results []any
	rolledBack := false
	err := section(func() (err error) {
		results, err = p.run(t, program)
		rolledBack = errors.Is(err, object.ErrRollback)
		return err
	})
	var deliberate thrown
	switch {
	case rolledBack:
		return map[string]bool{"rolledBack": true}, nil
	case errors.As(err, &deliberate):
		return map[string]string{"error": string(deliberate)}, nil
	case err != nil:
		return refused, nil
	}
	return map[string]any{"results": results}, nil
}
