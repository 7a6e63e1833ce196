// Package classes holds the objects that durabench measures: a counter, a chat
// room, a rate limiter, accounts, a session and a document, with the routes, bodies
// and status codes that people know from Durable Object tutorials, so that one load
// drives a Worker and this runtime alike.
package classes

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/durabench/durabench/refimpl/object"
)

// Counter is a number that is kept. Its paths are /increment, /decrement (not
// below zero), /value and /reset.
func Counter() object.Class {
	return object.Class{
		Name: "counter",
		New:  func(object.State) (object.Object, error) { return counter{}, nil },
	}
}

// counter has no state of its own: storage is resident, so reading it is as fast.
type counter struct{}

const countKey = "count"

func (counter) Fetch(s object.State, r *object.Request) (*object.Response, error) {
	count, err := readCount(s.Storage())
	if err != nil {
		return nil, err
	}
	switch r.Path {
	case "/increment":
		count++
	case "/decrement":
		count = max(0, count-1)
	case "/reset":
		count = 0
	case "/value":
		return counted(count, "}"), nil
	default:
		return object.NotFound(), nil
	}
	value := object.Value{Codec: object.JSON, Data: strconv.AppendInt(nil, count, 10)}
	if err := s.Storage().Put(countKey, value); err != nil {
		return nil, err
	}
	if r.Path == "/reset" {
		return counted(count, `,"reset":true}`), nil
	}
	return counted(count, "}"), nil
}

func readCount(storage object.Storage) (int64, error) {
	value, ok := storage.Get(countKey)
	if !ok {
		return 0, nil
	}
	count, err := strconv.ParseInt(string(value.Data), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("read count: %w", err)
	}
	return count, nil
}

func counted(count int64, end string) *object.Response {
	answer := &struct { // in one piece of memory
		object.Response
		body [32]byte
	}{}
	body := append(answer.body[:0], `{"count":`...)
	body = strconv.AppendInt(body, count, 10)
	body = append(body, end...)
	answer.Response = object.Response{Status: http.StatusOK, ContentType: object.JSONType, Body: body}
	return &answer.Response
}
