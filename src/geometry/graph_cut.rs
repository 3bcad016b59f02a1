//! Graph cut: the cheapest cut through a grid whose cells are linked to their eight neighbours. It is found as a
//! maximum flow, with search trees that grow from both terminals and are reused (Boykov and Kolmogorov 2004, "An
//! Experimental Comparison of Min-Cut/Max-Flow Algorithms for Energy Minimization in Vision"). Costs are whole numbers,
//! so that results do not depend on the machine.

use std::collections::VecDeque;

/// The steps to the neighbours of a cell; number `i ^ 1` is opposite to number `i`.
const NEIGHBOURS: [(isize, isize); 8] = [(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, -1), (-1, 1), (1, -1)];

/// The steps to the four neighbours that a cell is linked to. The other four neighbours are linked to it.
pub const LINKS: [(isize, isize); 4] = [NEIGHBOURS[0], NEIGHBOURS[2], NEIGHBOURS[4], NEIGHBOURS[6]];

/// The parents of a cell that are not a neighbour.
const TERMINAL: u8 = 8;
const NOBODY: u8 = 9;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Tree {
    Free,
    Inside,
    Outside,
}

/// The place of a cell in the search trees.
#[derive(Clone, Copy)]
struct Node {
    tree: Tree,
    /// The direction of the parent, [`TERMINAL`] or [`NOBODY`].
    parent: u8,
    queued: bool,
    /// The number of steps to the terminal, as known at time `seen`.
    distance: u32,
    seen: u32,
}

/// A grid of cells, each pulled inside or outside, with links that cost something when cut.
pub struct GridCut {
    width: usize,
    /// The cells in a row, with the border of unlinked cells that saves all bounds checks.
    stride: usize,
    offsets: [isize; 8],
    /// The flow that each cell can still send to each neighbour.
    links: Vec<[i32; 8]>,
    /// The flow that each cell can still take from the inside (positive) or give to the outside (negative).
    pulls: Vec<i32>,
    nodes: Vec<Node>,
    active: VecDeque<usize>,
    orphans: VecDeque<usize>,
    time: u32,
    flow: i64,
}

impl GridCut {
    /// A grid without pulls and links.
    pub fn new(width: usize, height: usize) -> Self {
        let stride = width + 2;
        let cells = stride * (height + 2);
        let node = Node { tree: Tree::Free, parent: NOBODY, queued: false, distance: 0, seen: 0 };
        Self {
            width,
            stride,
            offsets: NEIGHBOURS.map(|(x, y)| y * stride as isize + x),
            links: vec![[0; 8]; cells],
            pulls: vec![0; cells],
            nodes: vec![node; cells],
            active: VecDeque::new(),
            orphans: VecDeque::new(),
            time: 0,
            flow: 0,
        }
    }

    fn node(&self, cell: usize) -> usize {
        (cell / self.width + 1) * self.stride + cell % self.width + 1
    }

    /// Sets the cost of the cell being outside (positive) or inside (negative).
    pub fn pull(&mut self, cell: usize, strength: i32) {
        let node = self.node(cell);
        self.pulls[node] = strength;
    }

    /// Sets the cost of cutting the cell from its neighbour at `LINKS[link]`, which must lie on the grid.
    pub fn link(&mut self, cell: usize, link: usize, strength: i32) {
        let node = self.node(cell);
        self.links[node][2 * link] = strength;
        let next = self.step(node, 2 * link);
        self.links[next][2 * link + 1] = strength;
    }

    /// Whether the cell lies inside, after [`GridCut::solve`]. Undecided cells lie outside.
    pub fn inside(&self, cell: usize) -> bool {
        self.nodes[self.node(cell)].tree == Tree::Inside
    }

    #[inline]
    fn step(&self, node: usize, direction: usize) -> usize {
        node.wrapping_add_signed(self.offsets[direction])
    }

    /// The flow that is still possible between a cell of the tree and its neighbour, in the direction in which the tree
    /// grows.
    #[inline]
    fn growth(&self, tree: Tree, node: usize, direction: usize, neighbour: usize) -> i32 {
        if tree == Tree::Inside { self.links[node][direction] } else { self.links[neighbour][direction ^ 1] }
    }

    /// Finds the cut. Returns its cost, less what every cut costs.
    pub fn solve(&mut self) -> i64 {
        for node in 0..self.pulls.len() {
            if self.pulls[node] != 0 {
                let tree = if self.pulls[node] > 0 { Tree::Inside } else { Tree::Outside };
                self.nodes[node] = Node { tree, parent: TERMINAL, queued: true, distance: 1, seen: 0 };
                self.active.push_back(node);
            }
        }
        while let Some(&node) = self.active.front() {
            match self.grow(node) {
                Some((node, direction)) => {
                    self.time += 1;
                    self.augment(node, direction);
                    while let Some(orphan) = self.orphans.pop_front() {
                        self.adopt(orphan);
                    }
                }
                None => {
                    self.active.pop_front();
                    self.nodes[node].queued = false;
                }
            }
        }
        self.flow
    }

    fn activate(&mut self, node: usize) {
        if !self.nodes[node].queued {
            self.nodes[node].queued = true;
            self.active.push_back(node);
        }
    }

    /// Takes free neighbours into the cell's tree until a neighbour belongs to the other tree. Returns the link between
    /// the two trees, from the inside to the outside.
    fn grow(&mut self, node: usize) -> Option<(usize, usize)> {
        let Node { tree, distance, seen, .. } = self.nodes[node];
        if tree == Tree::Free {
            return None;
        }
        for direction in 0..8 {
            let next = self.step(node, direction);
            if self.growth(tree, node, direction, next) == 0 {
                continue;
            }
            let other = &mut self.nodes[next];
            let shorter = other.tree == tree && other.seen <= seen && other.distance > distance + 1;
            if other.tree == Tree::Free || shorter {
                let fresh = other.tree == Tree::Free;
                *other =
                    Node { tree, parent: (direction ^ 1) as u8, distance: distance + 1, seen, queued: other.queued };
                if fresh {
                    self.activate(next);
                }
            } else if other.tree != tree {
                return Some(if tree == Tree::Inside { (node, direction) } else { (next, direction ^ 1) });
            }
        }
        None
    }

    /// Sends as much flow as possible along the path over this link.
    fn augment(&mut self, node: usize, direction: usize) {
        let next = self.step(node, direction);
        let bottleneck = self.links[node][direction]
            .min(self.narrowest(node, Tree::Inside))
            .min(self.narrowest(next, Tree::Outside));
        self.links[node][direction] -= bottleneck;
        self.links[next][direction ^ 1] += bottleneck;
        self.send(node, Tree::Inside, bottleneck);
        self.send(next, Tree::Outside, bottleneck);
        self.flow += i64::from(bottleneck);
    }

    fn narrowest(&self, mut node: usize, tree: Tree) -> i32 {
        let mut least = i32::MAX;
        loop {
            let direction = self.nodes[node].parent as usize;
            if direction == TERMINAL as usize {
                return least.min(self.pulls[node].abs());
            }
            let parent = self.step(node, direction);
            least = least.min(self.growth(tree, parent, direction ^ 1, node));
            node = parent;
        }
    }

    fn send(&mut self, mut node: usize, tree: Tree, amount: i32) {
        loop {
            let direction = self.nodes[node].parent as usize;
            if direction == TERMINAL as usize {
                self.pulls[node] -= if tree == Tree::Inside { amount } else { -amount };
                if self.pulls[node] == 0 {
                    self.orphan(node);
                }
                return;
            }
            let parent = self.step(node, direction);
            let (giver, way, taker) =
                if tree == Tree::Inside { (parent, direction ^ 1, node) } else { (node, direction, parent) };
            self.links[giver][way] -= amount;
            self.links[taker][way ^ 1] += amount;
            if self.links[giver][way] == 0 {
                self.orphan(node);
            }
            node = parent;
        }
    }

    fn orphan(&mut self, node: usize) {
        self.nodes[node].parent = NOBODY;
        self.orphans.push_back(node);
    }

    /// Gives the orphan another parent in its tree, as near to the terminal as possible, or sets it free.
    fn adopt(&mut self, orphan: usize) {
        let tree = self.nodes[orphan].tree;
        let mut best = (u32::MAX, NOBODY);
        for direction in 0..8 {
            let next = self.step(orphan, direction);
            if self.nodes[next].tree == tree
                && self.growth(tree, next, direction ^ 1, orphan) > 0
                && let Some(distance) = self.rooted(next)
            {
                best = best.min((distance, direction as u8));
            }
        }
        if best.1 != NOBODY {
            let node = &mut self.nodes[orphan];
            (node.parent, node.distance, node.seen) = (best.1, best.0 + 1, self.time);
            return;
        }
        for direction in 0..8 {
            let next = self.step(orphan, direction);
            if self.nodes[next].tree == tree {
                if self.growth(tree, next, direction ^ 1, orphan) > 0 {
                    self.activate(next);
                }
                if self.nodes[next].parent == (direction ^ 1) as u8 {
                    self.orphan(next);
                }
            }
        }
        self.nodes[orphan].tree = Tree::Free;
    }

    /// The number of steps from the cell to its terminal, if it is still connected to it. Marks the way for the next call.
    fn rooted(&mut self, start: usize) -> Option<u32> {
        let (mut node, mut steps) = (start, 0);
        let root = loop {
            let Node { parent, distance, seen, .. } = self.nodes[node];
            if parent == NOBODY {
                return None;
            }
            if seen == self.time {
                break distance;
            }
            if parent == TERMINAL {
                (self.nodes[node].distance, self.nodes[node].seen) = (1, self.time);
                break 1;
            }
            node = self.step(node, parent as usize);
            steps += 1;
        };
        let distance = root + steps;
        node = start;
        for away in (root + 1..=distance).rev() {
            (self.nodes[node].distance, self.nodes[node].seen) = (away, self.time);
            node = self.step(node, self.nodes[node].parent as usize);
        }
        Some(distance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_cut_is_the_cheapest(
            width in 1usize..5, height in 1usize..4,
            pulls in prop::collection::vec(-20i32..20, 12), strengths in prop::collection::vec(0i32..12, 48),
        ) {
            let mut cut = GridCut::new(width, height);
            let mut links = Vec::new();
            for cell in 0..width * height {
                cut.pull(cell, pulls[cell]);
                for (link, (dx, dy)) in LINKS.iter().enumerate() {
                    let (x, y) = ((cell % width).wrapping_add_signed(*dx), (cell / width).wrapping_add_signed(*dy));
                    if x < width && y < height {
                        cut.link(cell, link, strengths[cell * 4 + link]);
                        links.push((cell, y * width + x, strengths[cell * 4 + link]));
                    }
                }
            }
            let cost = |inside: &dyn Fn(usize) -> bool| -> i64 {
                let pulled = |cell: usize| if inside(cell) { -pulls[cell].min(0) } else { pulls[cell].max(0) };
                let parted = links.iter().filter(|(a, b, _)| inside(*a) != inside(*b));
                (0..width * height).map(|cell| i64::from(pulled(cell))).sum::<i64>()
                    + parted.map(|link| i64::from(link.2)).sum::<i64>()
            };
            let flow = cut.solve();
            let cheapest = (0u32..1 << (width * height)).map(|bits| cost(&|cell| bits >> cell & 1 == 1)).min();
            prop_assert_eq!(Some(flow), cheapest);
            prop_assert_eq!(flow, cost(&|cell| cut.inside(cell)));
        }
    }

    #[test]
    fn the_cut_runs_where_links_are_weak() {
        // A row of cells, pulled at both ends; the third link is the weakest.
        let mut cut = GridCut::new(6, 1);
        cut.pull(0, 100);
        cut.pull(5, -100);
        for (cell, strength) in [9, 8, 2, 7, 9].into_iter().enumerate() {
            cut.link(cell, 0, strength);
        }
        assert_eq!(cut.solve(), 2);
        assert_eq!((0..6).map(|cell| cut.inside(cell)).collect::<Vec<_>>(), [true, true, true, false, false, false]);
    }
}
