package probe

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/durabench/durabench/refimpl/object"
)

func (t *turn) accept(tags []string) error {
	socket, err := t.state.Sockets().Accept(tags...)
	if err != nil {
		return err
	}
	t.socket, t.accepted = socket, true
	return nil
}

func socketOperations() map[string]operation {
	return map[string]operation{
		"accept": func(_ *probe, t *turn, a arguments) (any, error) {
			var tags []string
			if err := a.read(&tags); err != nil {
				return nil, err
			}
			return nil, t.accept(tags)
		},
		"acceptMany": func(_ *probe, t *turn, a arguments) (any, error) {
			var n, size int
			if err := a.read(&n, &size); err != nil {
				return nil, err
			}
			return nil, t.accept(numberedFrom(strings.Repeat("t", size), n))
		},
		"send": func(_ *probe, t *turn, a arguments) (any, error) {
			var text string
			if err := a.read(&text); err != nil {
				return nil, err
			}
			return nil, t.socket.Send(object.Text([]byte(text)))
		},
		"sendBinary": func(_ *probe, t *turn, a arguments) (any, error) {
			var numbers []int
			if err := a.read(&numbers); err != nil {
				return nil, err
			}
			data := make([]byte, len(numbers))
			for i, n := range numbers {
				data[i] = byte(n)
			}
			return nil, t.socket.Send(object.Message{Binary: true, Data: data})
		},
		"sendLarge": func(_ *probe, t *turn, a arguments) (any, error) {
			var size int
			if err := a.read(&size); err != nil {
				return nil, err
			}
			return nil, t.socket.Send(object.Text([]byte(strings.Repeat("x", size))))
		},
		"broadcast":   broadcast,
		"sockets":     func(_ *probe, t *turn, a arguments) (any, error) { all, err := tagged(t, a); return len(all), err },
		"tags":        func(_ *probe, t *turn, _ arguments) (any, error) { return append([]string{}, t.socket.Tags()...), nil },
		"attach":      attach,
		"attachSize":  attachSize,
		"attachment":  func(_ *probe, t *turn, _ arguments) (any, error) { return attachment(t.socket), nil },
		"attachments": attachments,
		"quiet":       func(_ *probe, t *turn, _ arguments) (any, error) { t.quiet = true; return nil, nil },
	}
}

func tagged(t *turn, a arguments) ([]object.Socket, error) {
	var tag string
	err := a.read(&tag)
	return t.state.Sockets().All(tag), err
}

func broadcast(_ *probe, t *turn, a arguments) (any, error) {
	var tag, text string
	if err := a.read(&tag, &text); err != nil {
		return nil, err
	}
	for _, socket := range t.state.Sockets().All(tag) {
		if err := socket.Send(object.Text([]byte(text))); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

func attach(_ *probe, t *turn, a arguments) (any, error) {
	var value json.RawMessage
	if err := a.read(&value); err != nil {
		return nil, err
	}
	return nil, t.socket.SetAttachment(value)
}

func attachSize(_ *probe, t *turn, a arguments) (any, error) {
	var size int
	if err := a.read(&size); err != nil {
		return nil, err
	}
	return nil, t.socket.SetAttachment([]byte(`"` + strings.Repeat("x", size) + `"`))
}

func attachment(s object.Socket) json.RawMessage {
	if data := s.Attachment(); data != nil {
		return data
	}
	return none
}

func attachments(_ *probe, t *turn, a arguments) (any, error) {
	all, err := tagged(t, a)
	texts := make([]string, len(all))
	for i, socket := range all {
		texts[i] = string(attachment(socket))
	}
	slices.Sort(texts)
	out := make([]json.RawMessage, len(texts))
	for i, text := range texts {
		out[i] = json.RawMessage(text)
	}
	return out, err
}

// closing is a close code and reason; both may be left out.
type closing struct {
	code   int
	reason string
}

func (c closing) of(s object.Socket) error { return s.Close(c.code, c.reason) }

func closingOperations() map[string]operation {
	return map[string]operation{
		"close": func(_ *probe, t *turn, a arguments) (any, error) {
			var c closing
			if err := a.read(&c.code, &c.reason); err != nil {
				return nil, err
			}
			return nil, c.of(t.socket)
		},
		"closeLong": func(_ *probe, t *turn, a arguments) (any, error) {
			var c closing
			var size int
			if err := a.read(&c.code, &size); err != nil {
				return nil, err
			}
			c.reason = strings.Repeat("r", size)
			return nil, c.of(t.socket)
		},
		"closeAll": func(_ *probe, t *turn, a arguments) (any, error) {
			var tag string
			var c closing
			if err := a.read(&tag, &c.code, &c.reason); err != nil {
				return nil, err
			}
			for _, socket := range t.state.Sockets().All(tag) {
				if err := c.of(socket); err != nil {
					return nil, err
				}
			}
			return nil, nil
		},
		"onClose": func(_ *probe, t *turn, a arguments) (any, error) {
			var program json.RawMessage
			if err := a.read(&program); err != nil {
				return nil, err
			}
			return nil, save(t.state.Storage(), onCloseKey, program)
		},
		"closes": kept(closesKey),
		"errors": kept(errorsKey),
	}
}
