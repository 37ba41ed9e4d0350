// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"vipward/internal/statefile"
)

// orderFile is the form of a server_state_file.
type orderFile struct {
	Version int
	Orders  []heldOrder
}

const orderFileVersion = 1

// readOrders reads the orders that were kept; no file is no orders.
func readOrders(path string) ([]heldOrder, error) {
	var in orderFile
	err := statefile.Read(path, &in)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case in.Version != orderFileVersion:
		return nil, fmt.Errorf("decode %s: version %d is not %d", path, in.Version, orderFileVersion)
	}
	return in.Orders, nil
}

func writeOrders(path string, list []heldOrder) error {
	return statefile.Write(path, orderFile{orderFileVersion, list})
}

// archive writes the server_state_file beside the loop, which must not wait for a disk.
type archive struct {
	store func(path string, list []heldOrder) error
	path  string // of the last write
	asked uint64 // writes so far, in the loop

	mu   sync.Mutex // guards what follows: one writes at a time
	done uint64     // the newest of them that is on the disk
	err  error      // of it
}

// write writes the n-th list, unless a newer one, which has all of it, is on the disk.
func (a *archive) write(n uint64, path string, list []heldOrder) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if n > a.done {
		a.done, a.err = n, a.store(path, list)
	}
	return a.err
}

// keepOrders lets the server_state_file be written, if there is one. Then done, which is
// buffered, is told; nil: nobody waits, and an error is logged.
func (c *child) keepOrders(done chan<- error) {
	a := &c.archive
	a.path = c.Config.Global.Checker.StateFile
	if a.path == "" {
		answerOrder(done, nil)
		return
	}
	a.asked++
	n, path, list := a.asked, a.path, c.roster.heldOrders()
	c.probes.Go(func() error {
		err := a.write(n, path, list)
		if err != nil {
			err = fmt.Errorf("the order holds until the daemon stops, but is not kept: %w", err)
		}
		if done == nil && err != nil {
			c.Log.Error("server_state_file: " + err.Error())
		}
		answerOrder(done, err)
		return nil
	})
}

func answerOrder(done chan<- error, err error) {
	if done != nil {
		done <- err
	}
}

// moveOrders lets the orders follow when the configuration names another file for them.
func (c *child) moveOrders() {
	if path := c.Config.Global.Checker.StateFile; path != c.archive.path && path != "" {
		c.keepOrders(nil)
	}
}

// recallOrders reads the server_state_file when the daemon starts. A file that cannot be used
// is kept aside: the next order does not overwrite it.
func (c *child) recallOrders() map[heldKey]Order {
	path := c.Config.Global.Checker.StateFile
	if path == "" {
		return map[heldKey]Order{}
	}
	list, err := readOrders(path)
	if err != nil {
		aside, moved := statefile.Aside(path)
		c.Log.Error(lineOrdersUnusable(errors.Join(err, moved), aside))
	}
	return ordersOf(list)
}
