package launch

import (
	"context"
	"errors"
)

func fromPackage(context.Context, Spec) (*Server, error) {
	return nil, errors.New("not implemented yet")
}
