package refimpl

import (
	"bytes"
	"net/http"
	"reflect"
	"testing"

	"github.com/durabench/durabench/refimpl/object"
)

// bodyOf takes the length and the kind off a frame.
func bodyOf(t *testing.T, data []byte, kind byte) []byte {
	t.Helper()
	if len(data) < 5 || int(data[0])<<24|int(data[1])<<16|int(data[2])<<8|int(data[3]) != len(data)-4 || data[4] != kind {
		t.Fatalf("a frame of kind %d begins with % x", kind, data[:min(5, len(data))])
	}
	return data[5:]
}

func TestFramesCarryAllThereIs(t *testing.T) {
	header := http.Header{"A": {"1", "2"}, "Not utf-8 \\xff": {"\x00\xff"}}
	sent := ask{number: 300, to: object.Identity{ID: object.ID{1, 2}, Class: "c", Name: "n\xff"}, request: &object.Request{
		Method: "POST", Path: "/a", Query: "q", Header: header, Body: bytes.Repeat([]byte{7}, 1000),
	}}
	got, err := parseAsk(bodyOf(t, appendAsk(nil, sent), askFrame))
	if err != nil || !reflect.DeepEqual(got, sent) {
		t.Errorf("an ask comes as %+v (%v), want %+v", got, err, sent)
	}
	response := &object.Response{Status: 201, ContentType: "a/b", Header: header, Body: []byte("body")}
	number, reply, err := parseReply(bodyOf(t, appendAnswer(nil, 7, answer{response: response}), replyFrame))
	if err != nil || number != 7 || !reflect.DeepEqual(reply, response) {
		t.Errorf("a reply comes as %d %+v (%v), want %+v", number, reply, err, response)
	}
	for _, cause := range []object.CallError{
		{Remote: true, Message: "m"}, {Retryable: true}, {Overloaded: true, Message: "m"}, {Reset: true, Retryable: true},
	} {
		number, got, err := parseRefusal(bodyOf(t, appendAnswer(nil, 1<<60, answer{cause: &cause}), refusalFrame))
		if err != nil || number != 1<<60 || *got.cause != cause || got.moved {
			t.Errorf("a refusal comes as %d %+v (%v), want %+v", number, got, err, cause)
		}
	}
}

// What parses is written again as it was read, but for the order of header lines.
func FuzzCallFrames(f *testing.F) {
	f.Add(appendAsk(nil, ask{number: 1, request: &object.Request{Header: http.Header{"A": {"b"}}, Body: []byte("x")}})[5:])
	f.Add(appendAnswer(nil, 2, answer{response: &object.Response{Status: 200}})[5:])
	f.Add(appendAnswer(nil, 3, answer{cause: &object.CallError{Message: "m"}})[5:])
	f.Fuzz(func(t *testing.T, data []byte) {
		if a, err := parseAsk(data); err == nil {
			again, err := parseAsk(bodyOf(t, appendAsk(nil, a), askFrame))
			if err != nil || !reflect.DeepEqual(again, a) {
				t.Errorf("ask %+v, and that again: %+v (%v)", a, again, err)
			}
		}
		if number, r, err := parseReply(data); err == nil {
			again, reply, err := parseReply(bodyOf(t, appendAnswer(nil, number, answer{response: r}), replyFrame))
			if err != nil || again != number || !reflect.DeepEqual(reply, r) {
				t.Errorf("reply %+v, and that again: %+v (%v)", r, reply, err)
			}
		}
		_, _, _ = parseRefusal(data)
	})
}
