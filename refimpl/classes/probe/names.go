package probe

import (
	"encoding/hex"
	"math/rand/v2"
	"strings"

	"github.com/durabench/durabench/refimpl/object"
)

// otherClass is a class beside the probe, whose IDs the probe must refuse.
const otherClass = "counter"

// nameOperations make and compare IDs.
func nameOperations() map[string]operation {
	return map[string]operation{
		"name": func(_ *probe, t *turn, _ arguments) (any, error) {
			own := t.state.Identity().Name
			return own[strings.LastIndexByte(own, '.')+1:], nil
		},
		"ids": func(_ *probe, t *turn, a arguments) (any, error) {
			var first, second string
			if err := a.read(&first, &second); err != nil {
				return nil, err
			}
			space := namespace(t)
			return space.IDFromName(first) == space.IDFromName(second), nil
		},
		"own": func(_ *probe, t *turn, _ arguments) (any, error) {
			return namespace(t).IDFromName(t.state.Identity().Name) == t.state.Identity().ID, nil
		},
		"unique": unique,
		"parse": func(_ *probe, t *turn, a arguments) (any, error) {
			var text string
			if err := a.read(&text); err != nil {
				return nil, err
			}
			return parse(t, text)
		},
		"parseOther": func(_ *probe, t *turn, _ arguments) (any, error) {
			other, _ := t.state.Namespace(otherClass)
			return parse(t, other.IDFromName("a").String())
		},
		"parseOwn": func(_ *probe, t *turn, _ arguments) (any, error) {
			return parsesToOwn(t, t.state.Identity().ID.String())
		},
		"upperCase": func(_ *probe, t *turn, _ arguments) (any, error) {
			return parsesToOwn(t, strings.ToUpper(t.state.Identity().ID.String()))
		},
	}
}

func namespace(t *turn) object.Namespace {
	space, _ := t.state.Namespace(Name)
	return space
}

func parse(t *turn, text string) (any, error) {
	id, err := namespace(t).ParseID(text)
	return id.String(), err
}

func parsesToOwn(t *turn, text string) (any, error) {
	id, err := namespace(t).ParseID(text)
	return id == t.state.Identity().ID, err
}

// unique draws two IDs: whether they are the same, how long one is, and whether it is hexadecimal.
func unique(_ *probe, t *turn, _ arguments) (any, error) {
	one, err := namespace(t).NewUniqueID(bytesOf{t.state.Random()})
	if err != nil {
		return nil, err
	}
	other, err := namespace(t).NewUniqueID(bytesOf{t.state.Random()})
	if err != nil {
		return nil, err
	}
	_, notHex := hex.DecodeString(one.String())
	return []any{one == other, len(one.String()), notHex == nil}, nil
}

// bytesOf reads random bytes from an object's stream.
type bytesOf struct{ random *rand.Rand }

func (b bytesOf) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(b.random.Uint32())
	}
	return len(p), nil
}
