/** The people of the sandbox: the identity provider signs them in, the back end knows what they are contracted to. */
export interface Customer {
  /** What they type to sign in; any password goes with it. */
  login: string;
  name: string;
  email: string;
  customerNumber: string;
  /** What makes them worth trying. */
  about: string;
}

const person = (login: string, surname: string, customerNumber: string, about: string): Customer => ({
  login,
  name: `${login[0]?.toUpperCase() ?? ''}${login.slice(1)} ${surname}`,
  email: `${login}@example.com`,
  customerNumber,
  about,
});

export const CUSTOMERS: readonly Customer[] = [
  person('alice', 'Archer', 'C-1001', 'one home, half-hourly prices'),
  person('bob', 'Baker', 'C-1002', 'three supplies to choose from'),
  person('carol', 'Cooper', 'C-1003', 'no electricity supply'),
  person('dave', 'Dyer', 'C-1004', 'has moved out'),
  person('erin', 'Estates', 'C-1005', 'a thousand supplies'),
];

export const customerByLogin = (login: string): Customer | undefined =>
  CUSTOMERS.find((customer) => customer.login === login.trim().toLowerCase());

/** The subject the identity provider knows a customer by: stable, and nothing a person would type. */
export const subjectOf = (customer: Customer): string => `example-energy|${customer.customerNumber}`;

export const customerBySubject = (subject: string): Customer | undefined =>
  CUSTOMERS.find((customer) => subjectOf(customer) === subject);
