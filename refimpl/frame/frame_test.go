package frame_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/durabench/durabench/refimpl/frame"
)

// mask turns a server's frames, as Append makes them, into a client's.
func mask(framed []byte) []byte {
	head := 2
	switch framed[1] {
	case 126:
		head = 4
	case 127:
		head = 10
	}
	key := []byte{1, 2, 3, 4}
	out := append([]byte{framed[0], framed[1] | 0x80}, framed[2:head]...)
	out = append(out, key...)
	for i, b := range framed[head:] {
		out = append(out, b^key[i%4])
	}
	return out
}

func Example() {
	// Two frames arrive in pieces that have nothing to do with where frames end.
	bytes := append(mask(frame.Append(nil, frame.Text, []byte("hello"))), mask(frame.AppendClose(nil, frame.NormalClosure, "bye"))...)
	decoder := frame.NewDecoder(1 << 20)
	for _, piece := range [][]byte{bytes[:3], bytes[3:14], bytes[14:]} {
		for {
			event, rest, ok, err := decoder.Next(piece)
			if err != nil || !ok {
				break
			}
			fmt.Println(event.Opcode, event.Code, string(event.Data))
			piece = rest
		}
	}
	// Output:
	// 1 0 hello
	// 8 1000 bye
}

// Whatever comes, and however it is cut, the decoder says the same, keeps its
// limit and gives text only that is text.
func FuzzDecoder(f *testing.F) {
	f.Add(mask(frame.Append(nil, frame.Text, []byte("h\u00e9llo"))), uint8(1))
	f.Add(append(mask(frame.Append(nil, frame.Ping, []byte("x"))), mask(frame.AppendClose(nil, 1000, "y"))...), uint8(3))
	f.Add([]byte{0x01, 0x81, 0, 0, 0, 0, 0xce, 0x80, 0x81, 0, 0, 0, 0, 0xba}, uint8(2))
	f.Add([]byte{0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0}, uint8(0))
	f.Fuzz(func(t *testing.T, data []byte, cut uint8) {
		whole, faultWhole := decode(data, len(data)+1)
		parts, faultParts := decode(data, int(cut%16)+1)
		if whole != parts || faultWhole != faultParts {
			t.Errorf("at once %q (%d), in pieces %q (%d)", whole, faultWhole, parts, faultParts)
		}
	})
}

const fuzzLimit = 200

func decode(data []byte, piece int) (said string, fault int) {
	var out bytes.Buffer
	decoder := frame.NewDecoder(fuzzLimit)
	for len(data) > 0 {
		now := data[:min(piece, len(data))]
		data = data[len(now):]
		for {
			event, rest, ok, err := decoder.Next(now)
			var v *frame.Violation
			if errors.As(err, &v) {
				return out.String(), v.Code
			}
			if !ok {
				break
			}
			if len(event.Data) > fuzzLimit {
				panic(fmt.Sprintf("a message of %d bytes", len(event.Data)))
			}
			fmt.Fprintln(&out, event.Opcode, event.Code, event.Data)
			now = rest
		}
	}
	return out.String(), 0
}

func BenchmarkDecoder(b *testing.B) {
	in := bytes.Repeat(mask(frame.Append(nil, frame.Text, bytes.Repeat([]byte("x"), 100))), 100)
	decoder := frame.NewDecoder(1 << 20)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		for rest, ok := in, true; ok; {
			_, rest, ok, _ = decoder.Next(rest)
		}
	}
}
