"""What happens beside the verbs: letters that go out or come back, dates moved by hand, enquiries, pathways, papers.

Each act is one service of the product with made-up arguments, in the room of its subject. A refusal is an answer;
anything else that is raised is a fault.
"""
