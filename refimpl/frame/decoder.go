package frame

import (
	"encoding/binary"
	"unicode/utf8"
)

// Event is one thing a peer said: a whole message, or a control frame.
type Event struct {
	Opcode Opcode // Text, Binary, Close, Ping or Pong
	Data   []byte // the receiver's own; of Close the reason
	Code   int    // of Close; NoStatus without one
}

// Decoder reads what a client sends. After a Violation it must not be used.
type Decoder struct {
	limit   int // bytes of a message
	head    [14]byte
	have    uint8 // bytes of head
	opcode  Opcode
	final   bool
	within  bool   // a frame's payload, else its head
	left    uint64 // bytes of the payload still to come
	at      uint8  // place in the mask
	control []byte // payload of a control frame
	text    assembly
}

// assembly is the message being put together from its fragments.
type assembly struct {
	kind    Opcode // Continuation when there is none
	data    []byte
	checked int // bytes of a text that are known to be good
}

// NewDecoder returns a decoder that refuses messages over limit bytes.
func NewDecoder(limit int) Decoder { return Decoder{limit: limit} }

// Next takes bytes and gives the first event that they complete, with the bytes
// behind it. It says no when all bytes are used up and the event is still to come.
func (d *Decoder) Next(in []byte) (e Event, rest []byte, ok bool, err error) {
	for {
		if !d.within {
			if in, err = d.readHead(in); err != nil || !d.within {
				return e, nil, false, err
			}
		}
		if in, err = d.readPayload(in); err != nil || d.left > 0 {
			return e, nil, false, err
		}
		d.within, d.have = false, 0
		switch {
		case d.opcode.control():
			e, err = d.controlEvent()
			return e, in, err == nil, err
		case d.final:
			e = Event{Opcode: d.text.kind, Data: d.text.data}
			d.text = assembly{}
			return e, in, true, nil
		}
	}
}

// readHead gathers a frame's head and checks it.
func (d *Decoder) readHead(in []byte) ([]byte, error) {
	for d.have < 2 || int(d.have) < d.headBytes() {
		if len(in) == 0 {
			return nil, nil
		}
		d.head[d.have] = in[0]
		d.have++
		in = in[1:]
		if d.have == 2 {
			if err := d.checkHead(); err != nil {
				return nil, err
			}
		}
	}
	if err := d.measure(); err != nil {
		return nil, err
	}
	d.within, d.at = true, 0
	return in, nil
}

func (d *Decoder) headBytes() int {
	switch d.head[1] & 0x7f {
	case 126:
		return 2 + 2 + 4
	case 127:
		return 2 + 8 + 4
	}
	return 2 + 4
}

// checkHead judges the first two bytes: all but the length is in them.
func (d *Decoder) checkHead() error {
	d.final, d.opcode = d.head[0]&0x80 != 0, Opcode(d.head[0]&0x0f)
	switch {
	case d.head[0]&0x70 != 0:
		return &Violation{ProtocolError, "a reserved bit is set"}
	case !d.opcode.known():
		return &Violation{ProtocolError, "reserved opcode"}
	case d.head[1]&0x80 == 0:
		return &Violation{ProtocolError, "the frame is not masked"}
	case d.opcode.control() && !d.final:
		return &Violation{ProtocolError, "a control frame is fragmented"}
	case d.opcode.control() && d.head[1]&0x7f > MaxControlBytes:
		return &Violation{ProtocolError, "a control frame is over 125 bytes"}
	case d.opcode == Continuation && d.text.kind == Continuation:
		return &Violation{ProtocolError, "nothing to continue"}
	case (d.opcode == Text || d.opcode == Binary) && d.text.kind != Continuation:
		return &Violation{ProtocolError, "a message begins inside another"}
	}
	return nil
}

// measure reads the length and begins the frame.
func (d *Decoder) measure() error {
	switch short := d.head[1] & 0x7f; short {
	case 126:
		d.left = uint64(binary.BigEndian.Uint16(d.head[2:]))
	case 127:
		d.left = binary.BigEndian.Uint64(d.head[2:])
	default:
		d.left = uint64(short)
	}
	if d.left>>63 != 0 {
		return &Violation{ProtocolError, "the length's first bit is set"}
	}
	if d.opcode.control() {
		return nil
	}
	if d.left > uint64(d.limit-len(d.text.data)) {
		return &Violation{TooBig, "the message is too big"}
	}
	if d.opcode != Continuation {
		d.text.kind = d.opcode
	}
	return nil
}

// readPayload takes what there is of the frame's payload, and takes the mask off.
func (d *Decoder) readPayload(in []byte) ([]byte, error) {
	part := in[:min(uint64(len(in)), d.left)]
	d.left -= uint64(len(part))
	if d.opcode.control() {
		d.control = d.unmask(d.control, part)
		return in[len(part):], nil
	}
	d.text.data = d.unmask(d.text.data, part)
	if d.text.kind != Text {
		return in[len(part):], nil
	}
	return in[len(part):], d.text.check(d.final && d.left == 0)
}

// growBytes is how much memory a length is believed for before its bytes come.
const growBytes = 64 << 10

// unmask appends part. The memory for a whole frame is taken at once, unless it
// is big: a head is cheap to send.
func (d *Decoder) unmask(data, part []byte) []byte {
	start := len(data)
	if need := start + len(part); need > cap(data) {
		room := need + int(min(d.left, uint64(max(growBytes, need))))
		data = append(make([]byte, 0, room), data...)
	}
	data = append(data, part...)
	mask := d.head[d.headBytes()-4:]
	d.at = applyMask(data[start:], [4]byte(mask), d.at)
	return data
}

// applyMask goes eight bytes at a time and returns its place in the mask.
func applyMask(data []byte, mask [4]byte, at uint8) uint8 {
	turned := [8]byte{}
	for i := range turned {
		turned[i] = mask[(int(at)+i)&3]
	}
	wide := binary.LittleEndian.Uint64(turned[:])
	for len(data) >= 8 {
		binary.LittleEndian.PutUint64(data, binary.LittleEndian.Uint64(data)^wide)
		data = data[8:]
	}
	for i := range data {
		data[i] ^= turned[i]
	}
	return (at + uint8(len(data))) & 3
}

// check looks at the bytes of a text that are new. A rune may be cut by the end
// of what came, but not by the end of the text.
func (a *assembly) check(whole bool) error {
	tail := a.data[a.checked:]
	if utf8.Valid(tail) {
		a.checked = len(a.data)
		return nil
	}
	for len(tail) > 0 && utf8.FullRune(tail) {
		r, size := utf8.DecodeRune(tail)
		if r == utf8.RuneError && size == 1 {
			return &Violation{InvalidPayload, "the text is not UTF-8"}
		}
		tail = tail[size:]
	}
	a.checked = len(a.data) - len(tail)
	if whole {
		return &Violation{InvalidPayload, "the text ends inside a character"}
	}
	return nil
}

func (d *Decoder) controlEvent() (Event, error) {
	e := Event{Opcode: d.opcode, Data: d.control}
	d.control = nil
	if e.Opcode != Close {
		return e, nil
	}
	switch {
	case len(e.Data) == 0:
		e.Code = NoStatus
		return e, nil
	case len(e.Data) == 1:
		return Event{}, &Violation{ProtocolError, "half a close code"}
	}
	e.Code, e.Data = int(binary.BigEndian.Uint16(e.Data)), e.Data[2:]
	switch {
	case !receivable(e.Code):
		return Event{}, &Violation{ProtocolError, "the close code must not be sent"}
	case !utf8.Valid(e.Data):
		return Event{}, &Violation{InvalidPayload, "the close reason is not UTF-8"}
	}
	return e, nil
}
