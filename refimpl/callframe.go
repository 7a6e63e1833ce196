package refimpl

import (
	"encoding/binary"
	"errors"
	"net/http"

	"github.com/durabench/durabench/refimpl/object"
)

// Frames carry calls between nodes. Each is a length of four bytes, and then
//
//	ask      1 | number | class | ID, 32 bytes | name | method | path | query | header | body
//	reply    2 | number | status | content type | header | body
//	refusal  3 | number | flags | message
//	beat     4
//
// Numbers are varints, text and bytes begin with their length, a header with the
// number of its lines.
const (
	askFrame byte = iota + 1
	replyFrame
	refusalFrame
	beatFrame
)

// Bounds of frames, without their length.
const (
	maxAskBytes   = MaxBodyBytes + 256<<10
	maxReplyBytes = 32 << 20
)

// The flags of a refusal.
const (
	flagRemote = 1 << iota
	flagRetryable
	flagOverloaded
	flagReset
	flagMoved
)

var errBadFrame = errors.New("frame cannot be read")

// ask is a call on its way.
type ask struct {
	number  uint64
	to      object.Identity
	request *object.Request
}

// answer is what came of a call: a response or an error.
type answer struct {
	response *object.Response
	cause    *object.CallError
	moved    bool // with cause: ask again where the object lives
}

func appendAsk(out []byte, a ask) []byte {
	return framed(out, func(out []byte) []byte {
		out = binary.AppendUvarint(append(out, askFrame), a.number)
		out = appendText(out, a.to.Class)
		out = append(out, a.to.ID[:]...)
		out = appendText(out, a.to.Name)
		out = appendText(out, a.request.Method)
		out = appendText(out, a.request.Path)
		out = appendText(out, a.request.Query)
		out = appendHeader(out, a.request.Header)
		return appendText(out, a.request.Body)
	})
}

func appendAnswer(out []byte, number uint64, a answer) []byte {
	return framed(out, func(out []byte) []byte {
		if e := a.cause; e != nil {
			out = binary.AppendUvarint(append(out, refusalFrame), number)
			flags := flagsOf(e)
			if a.moved {
				flags |= flagMoved
			}
			return appendText(append(out, flags), e.Message)
		}
		out = binary.AppendUvarint(append(out, replyFrame), number)
		out = binary.AppendUvarint(out, uint64(a.response.Status))
		out = appendText(out, a.response.ContentType)
		out = appendHeader(out, a.response.Header)
		return appendText(out, a.response.Body)
	})
}

func appendBeat(out []byte) []byte {
	return framed(out, func(out []byte) []byte { return append(out, beatFrame) })
}

func framed(out []byte, fill func([]byte) []byte) []byte {
	at := len(out)
	out = fill(append(out, 0, 0, 0, 0))
	binary.BigEndian.PutUint32(out[at:], uint32(len(out)-at-4))
	return out
}

func appendText[T string | []byte](out []byte, text T) []byte {
	return append(binary.AppendUvarint(out, uint64(len(text))), text...)
}

func appendHeader(out []byte, h http.Header) []byte {
	lines := 0
	for _, values := range h {
		lines += len(values)
	}
	out = binary.AppendUvarint(out, uint64(lines))
	for name, values := range h {
		for _, v := range values {
			out = appendText(appendText(out, name), v)
		}
	}
	return out
}

func flagsOf(e *object.CallError) (flags byte) {
	for flag, set := range map[byte]bool{
		flagRemote: e.Remote, flagRetryable: e.Retryable, flagOverloaded: e.Overloaded, flagReset: e.Reset,
	} {
		if set {
			flags |= flag
		}
	}
	return flags
}

// frameReader reads what is left of a frame. After the first mistake it reads
// nothing any more.
type frameReader struct {
	rest []byte
	bad  bool
}

func (r *frameReader) number() uint64 {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 {
		r.rest, r.bad = nil, true
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *frameReader) bytes(n uint64) []byte {
	if n > uint64(len(r.rest)) {
		r.rest, r.bad = nil, true
		return nil
	}
	taken := r.rest[:n:n]
	r.rest = r.rest[n:]
	return taken
}

func (r *frameReader) text() string { return string(r.bytes(r.number())) }

func (r *frameReader) header() http.Header {
	lines := r.number()
	if lines == 0 || lines > uint64(len(r.rest))/2 { // a line takes two bytes at least
		r.bad = r.bad || lines > 0
		return nil
	}
	h := make(http.Header)
	for range lines {
		name, value := r.text(), r.text()
		h[name] = append(h[name], value)
	}
	return h
}

// end says whether all was read, and well.
func (r *frameReader) end() error {
	if r.bad || len(r.rest) > 0 {
		return errBadFrame
	}
	return nil
}

// parseAsk reads an ask behind its kind. The body is part of data.
func parseAsk(data []byte) (ask, error) {
	r := &frameReader{rest: data}
	a := ask{number: r.number(), request: &object.Request{}}
	a.to.Class = r.text()
	copy(a.to.ID[:], r.bytes(uint64(len(a.to.ID))))
	a.to.Name = r.text()
	a.request.Method, a.request.Path, a.request.Query = r.text(), r.text(), r.text()
	a.request.Header = r.header()
	a.request.Body = r.bytes(r.number())
	return a, r.end()
}

// parseReply reads a reply behind its kind. The body is part of data.
func parseReply(data []byte) (number uint64, response *object.Response, err error) {
	r := &frameReader{rest: data}
	number = r.number()
	response = &object.Response{Status: int(r.number()), ContentType: r.text(), Header: r.header()}
	response.Body = r.bytes(r.number())
	if response.Status < 100 || response.Status > 999 {
		r.bad = true
	}
	return number, response, r.end()
}

// parseRefusal reads a refusal behind its kind; it does not say which object it is of.
func parseRefusal(data []byte) (number uint64, a answer, err error) {
	r := &frameReader{rest: data}
	number = r.number()
	var flags byte
	if f := r.bytes(1); len(f) == 1 {
		flags = f[0]
	}
	a.moved = flags&flagMoved != 0
	a.cause = &object.CallError{
		Remote: flags&flagRemote != 0, Retryable: flags&flagRetryable != 0,
		Overloaded: flags&flagOverloaded != 0, Reset: flags&flagReset != 0, Message: r.text(),
	}
	return number, a, r.end()
}
