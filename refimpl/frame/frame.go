package frame

import (
	"encoding/binary"
	"fmt"
)

// Opcode says what a frame is.
type Opcode byte

// The opcodes (RFC 6455, section 5.2). All others are reserved.
const (
	Continuation Opcode = 0x0
	Text         Opcode = 0x1
	Binary       Opcode = 0x2
	Close        Opcode = 0x8
	Ping         Opcode = 0x9
	Pong         Opcode = 0xa
)

func (o Opcode) control() bool { return o >= Close }

func (o Opcode) known() bool { return o <= Binary || o >= Close && o <= Pong }

// The close codes that are used here (RFC 6455, section 7.4, and IANA's registry).
const (
	NormalClosure  = 1000
	ProtocolError  = 1002
	NoStatus       = 1005 // a Close frame without a code; never sent
	Abnormal       = 1006 // no Close frame; never sent
	InvalidPayload = 1007
	TooBig         = 1009
	ServiceRestart = 1012
	TryAgainLater  = 1013
)

// MaxControlBytes bounds the payload of a control frame.
const MaxControlBytes = 125

// Violation is what a peer did wrong, with the code to close the socket with.
type Violation struct {
	Code int
	Why  string
}

// Error says what was wrong.
func (v *Violation) Error() string { return fmt.Sprintf("WebSocket violation %d: %s", v.Code, v.Why) }

// Append frames a server's message: one final frame, not masked.
func Append(out []byte, opcode Opcode, payload []byte) []byte {
	out = append(out, 0x80|byte(opcode))
	switch n := len(payload); {
	case n < 126:
		out = append(out, byte(n))
	case n <= 0xffff:
		out = binary.BigEndian.AppendUint16(append(out, 126), uint16(n))
	default:
		out = binary.BigEndian.AppendUint64(append(out, 127), uint64(n))
	}
	return append(out, payload...)
}

// AppendClose frames a Close. A code that is never sent leaves the payload out.
func AppendClose(out []byte, code int, reason string) []byte {
	if code == NoStatus || code == Abnormal {
		return Append(out, Close, nil)
	}
	payload := binary.BigEndian.AppendUint16(make([]byte, 0, MaxControlBytes), uint16(code))
	return Append(out, Close, append(payload, reason...))
}

// HeadBytes is the most that Append puts before a payload.
const HeadBytes = 10

// receivable says whether a peer may close with a code.
func receivable(code int) bool {
	switch {
	case code >= 3000 && code <= 4999:
		return true
	case code == 1004 || code == NoStatus || code == Abnormal:
		return false
	}
	return code >= NormalClosure && code <= 1014
}
