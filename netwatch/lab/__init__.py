"""Active tools and labelled traffic for a lab: started by a person, bounded, logged; watching never imports this."""
