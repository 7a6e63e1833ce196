package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
)

// mattering are the headers of an answer that an object's code decides. All others are the server's.
var mattering = []string{"Cache-Control", "Content-Type", "Etag", "Location", "Retry-After", "Set-Cookie", "X-Probe", "X-Probe-Two", "X-Ratelimit-Limit", "X-Ratelimit-Remaining"}

// request asks and describes the answer: status, headers that matter, body. Of an answer that the
// runtime gave in the object's place (500 and above) only the status: the words are each runtime's own.
func (p *player) request(ctx context.Context, s step, path string) (string, error) {
	r, err := http.NewRequestWithContext(ctx, s.Method, "http://"+p.stage.Address()+path, strings.NewReader(s.Body))
	if err != nil {
		return "", err
	}
	for name, value := range s.Header {
		r.Header.Set(name, value)
	}
	if s.Key != "" {
		r.Header.Set("X-Api-Key", p.prefix+s.Key)
	}
	answer, err := p.client.Do(r)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return "", fmt.Errorf("read answer: %w", err)
	}
	return describe(answer, body), nil
}

func describe(answer *http.Response, body []byte) string {
	if answer.StatusCode >= http.StatusInternalServerError {
		return fmt.Sprint(answer.StatusCode)
	}
	var results struct {
		Results json.RawMessage `json:"results"`
	}
	kind := contentType(answer.Header)
	if answer.StatusCode == http.StatusOK && kind == "application/json" && json.Unmarshal(body, &results) == nil && results.Results != nil {
		return "200 " + string(results.Results)
	}
	parts := []string{fmt.Sprint(answer.StatusCode)}
	for _, name := range mattering {
		values := slices.Clone(answer.Header.Values(name))
		if name == "Content-Type" && kind != "" {
			values = []string{kind}
		}
		for _, value := range values {
			parts = append(parts, name+"="+value)
		}
	}
	return strings.Join(append(parts, string(body)), " ")
}

// contentType leaves the parameters out: one server says charset=UTF-8 where another says nothing.
func contentType(h http.Header) string {
	kind, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		return h.Get("Content-Type")
	}
	return kind
}
