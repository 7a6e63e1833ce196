package probe

import "strings"

func autoResponseOperations() map[string]operation {
	return map[string]operation{
		"autoResponse": func(_ *probe, t *turn, a arguments) (any, error) {
			var request, response string
			if err := a.read(&request, &response); err != nil {
				return nil, err
			}
			return nil, t.state.Sockets().SetAutoResponse(request, response)
		},
		"autoLarge": func(_ *probe, t *turn, a arguments) (any, error) {
			var request, response int
			if err := a.read(&request, &response); err != nil {
				return nil, err
			}
			return nil, t.state.Sockets().SetAutoResponse(strings.Repeat("q", request), strings.Repeat("a", response))
		},
		"noAutoResponse": func(_ *probe, t *turn, _ arguments) (any, error) {
			t.state.Sockets().ClearAutoResponse()
			return nil, nil
		},
		"getAutoResponse": func(_ *probe, t *turn, _ arguments) (any, error) {
			request, response, ok := t.state.Sockets().AutoResponse()
			if !ok {
				return none, nil
			}
			return []string{request, response}, nil
		},
		"autoResponded": func(_ *probe, t *turn, _ arguments) (any, error) {
			return !t.socket.AutoRespondedAt().IsZero(), nil
		},
	}
}
