// SPDX-License-Identifier: Apache-2.0

package ipvs

import (
	"errors"
	"fmt"
	"syscall"
)

// settle does the ops in order, and then what the kernel's table needed
// instead of those that did not fit it.
func (c *conn) settle(ops []Op) []error {
	errs := c.apply(ops)
	var again []Op
	var where []int
	for i, err := range errs {
		verb, fits := remedy(ops[i].Verb, err)
		switch {
		case err == nil:
		case !fits:
			errs[i] = fmt.Errorf("ipvs %s: %w", ops[i], err)
		case verb == 0:
			errs[i] = nil
		default:
			op := ops[i]
			op.Verb, errs[i] = verb, nil
			again, where = append(again, op), append(where, i)
		}
	}
	for i, err := range c.apply(again) {
		if err != nil {
			errs[where[i]] = fmt.Errorf("ipvs %s: %w", again[i], err)
		}
	}
	return errs
}

// remedy says what to do about an error: whether there is a remedy, and which
// verb to use instead, 0 for none.
func remedy(verb Verb, err error) (Verb, bool) {
	missing := errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.ESRCH)
	exists := errors.Is(err, syscall.EEXIST)
	switch {
	case verb == AddService && exists:
		return EditService, true
	case verb == AddDest && exists:
		return EditDest, true
	case verb == EditService && errors.Is(err, syscall.ESRCH): // ENOENT: no such scheduler
		return AddService, true
	case verb == EditDest && missing:
		return AddDest, true
	case (verb == DelService || verb == DelDest) && missing:
		return 0, true
	default:
		return 0, false
	}
}
