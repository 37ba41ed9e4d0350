// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"errors"
	"fmt"
	"strings"

	"vipward/checker/probe"
)

func grpcPassed(r ran) []string { return []string{"GRPC_CHECK of " + r.target() + " success."} }

// grpcFailed says with the deciding failure why: keepalived has no such lines to keep to.
func grpcFailed(r ran) []string {
	why := grpcFailure(r)
	switch {
	case r.verdict == GivenUp:
		return []string{fmt.Sprintf("GRPC_CHECK on service %s failed after %d retries (%s).", r.target(), r.check.Retry, why)}
	case r.verdict.Down():
		return []string{fmt.Sprintf("GRPC_CHECK on service %s failed (%s).", r.target(), why)}
	}
	return r.attempt("GRPC_CHECK of %s failed (%s).", r.target(), why)
}

func grpcFailure(r ran) string {
	switch err := r.cause; {
	case timedOut(err) && errors.Is(err, probe.ErrConnect):
		return "timeout connecting"
	case timedOut(err):
		return "timeout"
	case errors.Is(err, probe.ErrConnect):
		return "no connection: " + oneLine(err)
	default:
		return oneLine(err)
	}
}

// oneLine is an error that may have come in several parts, the first of which names its kind.
func oneLine(err error) string {
	text := err.Error()
	if i := strings.LastIndexByte(text, '\n'); i >= 0 {
		text = text[i+1:]
	}
	return text
}
