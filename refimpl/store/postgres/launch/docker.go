package launch

import (
	"context"
	"errors"
)

func fromDocker(context.Context, Spec) (*Server, error) {
	return nil, errors.New("not implemented yet")
}
